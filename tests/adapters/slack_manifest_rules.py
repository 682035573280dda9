"""What Slack's manifest reference allows of what we use, as checks that name the rule that is broken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_EVENTS = {"app_home_opened", "app_uninstalled", "team_join", "tokens_revoked", "user_change"}
_NEEDS = {"team_join": "users:read", "user_change": "users:read"}
"""Events that Slack sends only to who has a scope."""
_SCOPES = {"commands", "chat:write", "groups:read", "channels:read", "files:write", "users:read"}


def check_manifest(found: Json) -> None:
    """A whole manifest."""
    _known(found, {"_metadata", "display_information", "features", "oauth_config", "settings"})
    assert found["_metadata"] == {"major_version": 1, "minor_version": 1}
    _display(found["display_information"])
    features, settings = found["features"], found["settings"]
    _known(features, {"app_home", "bot_user", "slash_commands", "shortcuts"})
    _known(features["app_home"], {"home_tab_enabled", "messages_tab_enabled"})
    _known(features["bot_user"], {"display_name", "always_online"})
    assert 1 <= len(features["bot_user"]["display_name"]) <= 80, "display_name has 1 to 80 characters"
    for each in features["slash_commands"]:
        _command(each, http=not settings["socket_mode_enabled"])
    assert len(features["shortcuts"]) <= 10, "at most ten shortcuts"
    for each in features["shortcuts"]:
        _shortcut(each)
    _oauth(found["oauth_config"])
    _settings(settings, set(found["oauth_config"]["scopes"]["bot"]))


def _display(found: Json) -> None:
    _known(found, {"name", "description", "long_description", "background_color"})
    assert len(found["name"]) <= 35, "a name has at most 35 characters"
    assert len(found["description"]) <= 140, "a description has at most 140 characters"
    assert 174 <= len(found["long_description"]) <= 4000, "a long description has 174 to 4,000 characters"
    assert re.fullmatch("#[0-9a-f]{6}", found["background_color"]), "a colour has six digits"


def _command(found: Json, *, http: bool) -> None:
    _known(found, {"command", "description", "should_escape"}, {"url", "usage_hint"})
    assert re.fullmatch("/[a-z0-9_-]{1,31}", found["command"]), "a command has at most 32 characters"
    assert len(found["description"]) <= 2000, "a description has at most 2,000 characters"
    assert ("url" in found) == http, "a command has an address over HTTP, and only there"


def _shortcut(found: Json) -> None:
    _known(found, {"name", "type", "callback_id", "description"})
    assert len(found["name"]) <= 24, "a shortcut's name has at most 24 characters"
    assert found["type"] in {"message", "global"}, "a shortcut stands at messages or everywhere"
    assert len(found["callback_id"]) <= 255, "callback_id has at most 255 characters"
    assert len(found["description"]) <= 150, "a shortcut's description has at most 150 characters"


def _oauth(found: Json) -> None:
    _known(found, {"scopes"}, {"redirect_urls"})
    _known(found["scopes"], {"bot"})
    bot = found["scopes"]["bot"]
    assert set(bot) <= _SCOPES, f"unknown scopes {set(bot) - _SCOPES}"
    assert len(bot) == len(set(bot)), "a scope is named once"
    for each in found.get("redirect_urls", ()):
        assert each.startswith("https://"), "people come back over https"


def _settings(found: Json, scopes: set[str]) -> None:
    _known(
        found,
        {
            "event_subscriptions",
            "interactivity",
            "org_deploy_enabled",
            "socket_mode_enabled",
            "token_rotation_enabled",
        },
    )
    events, interactivity = found["event_subscriptions"], found["interactivity"]
    _known(events, {"bot_events"}, {"request_url"})
    _known(interactivity, {"is_enabled"}, {"request_url"})
    assert set(events["bot_events"]) <= _EVENTS, "unknown events"
    for each in events["bot_events"]:
        assert _NEEDS.get(each, "commands") in scopes, f"{each} needs a scope"
    for each in (events, interactivity):
        assert ("request_url" in each) != found["socket_mode_enabled"], "an address over HTTP, and only there"
        assert each.get("request_url", "https://").startswith("https://"), "Slack calls https"


def _known(found: Mapping[str, Any], required: set[str], optional: set[str] | None = None) -> None:
    assert not set(found) - required - (optional or set()), f"unknown fields {sorted(set(found) - required)}"
    assert not required - set(found), f"missing fields {sorted(required - set(found))}"
