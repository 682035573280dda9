"""Payloads as Slack sends them, by the kind of envelope, with words planted wherever people's words could be."""

from __future__ import annotations

from typing import Any

PLANT = "planted-words-nobody-may-log"
ANN = "U0000001"

_FROM = {
    "team": {"id": "T0METOO", "domain": "example"},
    "user": {"id": ANN, "username": PLANT, "name": PLANT, "team_id": "T0METOO"},
    "api_app_id": "A0METOO",
    "token": "made-up",
    "trigger_id": "1.2.3",
    "enterprise": None,
    "is_enterprise_install": False,
}
_VIEW = {
    "id": "V0001",
    "team_id": "T0METOO",
    "type": "modal",
    "callback_id": "told",
    "private_metadata": "k" * 43,
    "hash": "1.hash",
    "title": {"type": "plain_text", "text": PLANT, "emoji": False},
    "blocks": [],
    "app_installed_team_id": "T0METOO",
    "state": {
        "values": {
            "0:text": {"field": {"type": "plain_text_input", "value": PLANT}},
            "1:kind": {"field": {"type": "static_select", "selected_option": {"value": PLANT}}},
            "2:named": {"field": {"type": "multi_users_select", "selected_users": ["U0000002", "U0000003"]}},
            "3:desk": {"field": {"type": "conversations_select", "selected_conversation": "C0000001"}},
        }
    },
}
_BUTTON = {"type": "button", "action_id": "3.0:voice.stand", "block_id": "b1", "value": "0" * 32}
_PICK = {
    "type": "static_select",
    "action_id": "4.0:cases.open",
    "block_id": "4:",
    "selected_option": {"value": PLANT},
}
_MESSAGE = {"type": "message", "user": "U0000004", "ts": "1700000000.000100", "text": PLANT, "blocks": []}
_POST = {
    "type": "message",
    "channel_id": "C0000001",
    "message_ts": "1700000000.000100",
    "is_ephemeral": False,
}


def _event(**event: Any) -> dict[str, Any]:
    about = {"enterprise_id": None, "team_id": "T0METOO", "user_id": "UMETOOBOT", "is_bot": True}
    return {
        "type": "event_callback",
        "team_id": "T0METOO",
        "api_app_id": "A0METOO",
        "event_id": "Ev1",
        "event_time": 1_700_000_000,
        "authorizations": [about | {"is_enterprise_install": False}],
        "event": event,
    }


RECORDED: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "slash_commands",
        {
            "command": "/metoo",
            "text": PLANT,
            "team_id": "T0METOO",
            "user_id": ANN,
            "user_name": PLANT,
            "channel_id": "C0000001",
            "trigger_id": "1.2.3",
            "response_url": "",
            "is_enterprise_install": "false",
        },
    ),
    (
        "interactive",
        _FROM | {"type": "block_actions", "actions": [_BUTTON], "container": _POST, "response_url": ""},
    ),
    ("interactive", _FROM | {"type": "block_actions", "actions": [_PICK], "view": _VIEW}),
    (
        "interactive",
        _FROM | {"type": "block_actions", "actions": [_BUTTON], "view": _VIEW | {"type": "home"}},
    ),
    ("interactive", _FROM | {"type": "view_submission", "view": _VIEW, "response_urls": []}),
    (
        "interactive",
        _FROM
        | {
            "type": "message_action",
            "callback_id": "metoo_quote",
            "channel": {"id": "C0000001", "name": "somewhere"},
            "message": _MESSAGE,
            "response_url": "",
        },
    ),
    ("interactive", _FROM | {"type": "shortcut", "callback_id": "metoo_say", "action_ts": "1700000000.1"}),
    ("events_api", _event(type="app_home_opened", user=ANN, channel="D0HOME", tab="home", view=_VIEW)),
    ("events_api", _event(type="user_change", user={"id": ANN, "team_id": "T0METOO", "real_name": PLANT})),
    ("events_api", _event(type="tokens_revoked", tokens={"oauth": [ANN], "bot": ["UMETOOBOT"]})),
    ("events_api", _event(type="app_uninstalled")),
)
