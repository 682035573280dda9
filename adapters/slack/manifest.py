"""The manifest of our Slack app, made from the settings: what Slack is told and what is asked of it are one."""

from __future__ import annotations

from typing import Any

from adapters.slack.connection import PATH
from adapters.slack.inbound import ANYWHERE, SHORTCUT
from adapters.slack.install import END
from adapters.slack.scopes import scopes
from bot.config import Settings
from bot.errors import Misconfigured

Json = dict[str, Any]

EVENTS = ("app_home_opened", "team_join", "user_change")
"""What we want to hear of: a Home that is opened, and changes of the list of members."""

ENDS = ("app_uninstalled", "tokens_revoked")
"""What we want to hear besides, where we were given tokens."""

_ABOUT = (
    "Type /metoo to open a menu that only you see. Say me too without a word of detail, tell an HR desk what happened"
    " without saying who you are, stand with somebody who did, or find support outside the company. The bot does not"
    " store who you are. Slack and the running bot see each submission as it passes, and your employer may log devices"
    " and networks."
)


def manifest(settings: Settings) -> Json:
    """What to paste at api.slack.com. Raises Misconfigured where Slack could not reach us."""
    address = _address(settings)
    reached = {"request_url": address + PATH} if address else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "metoo",
            "description": "Say me too, report harassment anonymously, stand with each other.",
            "long_description": _ABOUT,
            "background_color": "#1f2430",
        },
        "features": _features(address),
        "oauth_config": {
            **({"redirect_urls": [address + END]} if settings.slack.many else {}),
            "scopes": {"bot": list(scopes(settings.slack))},
        },
        "settings": {
            "event_subscriptions": {
                **reached,
                "bot_events": [*EVENTS, *(ENDS if settings.slack.many else ())],
            },
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": settings.slack.many,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": settings.slack.many,
        },
    }


def _features(address: str) -> Json:
    return {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
        "bot_user": {"display_name": "metoo", "always_online": True},
        "slash_commands": [
            {
                "command": "/metoo",
                "description": "Open your private menu. Only you see it.",
                "should_escape": False,
                **({"url": address + PATH} if address else {}),
            }
        ],
        "shortcuts": [
            {
                "name": "Report privately",
                "type": "message",
                "callback_id": SHORTCUT,
                "description": "Quote this message in a report. Only you see it.",
            },
            {
                "name": "Say me too privately",
                "type": "global",
                "callback_id": ANYWHERE,
                "description": "Be counted once, without a word of detail. Only you see it.",
            },
        ],
    }


def _address(settings: Settings) -> str:
    """Where Slack reaches us; empty for Socket Mode, which reaches Slack from here."""
    slack, public = settings.slack, settings.web.public_url.rstrip("/")
    if not slack.many and (slack.app_token.get_secret_value() or not slack.signing_secret.get_secret_value()):
        return ""
    if not public.startswith("https://"):
        raise Misconfigured(
            "Slack over HTTP needs METOO_WEB__PUBLIC_URL: the https address under which this site can be reached."
        )
    return public
