"""The manifest is made from the settings, within what Slack allows, and asks for nothing that is switched off."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.slack.manifest import manifest
from adapters.slack.scopes import WHY
from bot.config import Settings, SlackSettings, WebSettings
from bot.errors import Misconfigured
from tests.adapters.slack_manifest_rules import check_manifest

FILE = Path(__file__).parents[2] / "deploy" / "slack-manifest.json"
WEB = WebSettings(public_url="https://metoo.example.org/")
SECRET = SecretStr("made-up")

SOCKET = Settings()
HTTP = Settings(slack=SlackSettings(bot_token=SECRET, signing_secret=SECRET), web=WEB)
MANY = Settings(slack=SlackSettings(client_id="1.2", client_secret=SECRET, signing_secret=SECRET), web=WEB)


def test_the_file_that_comes_with_metoo_is_what_the_command_prints() -> None:
    assert FILE.read_text("utf-8") == json.dumps(manifest(SOCKET), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("settings", [SOCKET, HTTP, MANY])
def test_every_manifest_is_within_what_slack_allows(settings: Settings) -> None:
    check_manifest(manifest(settings))


def test_over_http_slack_is_told_where_we_are_and_with_many_that_tokens_are_renewed() -> None:
    http, many = manifest(HTTP), manifest(MANY)
    address = "https://metoo.example.org/slack/events"
    for each in (http, many):
        assert each["features"]["slash_commands"][0]["url"] == address
        assert each["settings"]["interactivity"]["request_url"] == address
        assert each["settings"]["event_subscriptions"]["request_url"] == address
    assert "redirect_urls" not in http["oauth_config"]
    assert many["oauth_config"]["redirect_urls"] == ["https://metoo.example.org/slack/oauth_redirect"]
    assert many["settings"]["token_rotation_enabled"] is True
    assert many["settings"]["org_deploy_enabled"] is True
    assert {"app_uninstalled", "tokens_revoked"} <= set(many["settings"]["event_subscriptions"]["bot_events"])


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:8766"])
def test_where_slack_could_not_reach_us_there_is_a_sentence(address: str) -> None:
    for settings in (HTTP, MANY):
        with pytest.raises(Misconfigured, match="METOO_WEB__PUBLIC_URL"):
            manifest(settings.model_copy(update={"web": WebSettings(public_url=address)}))


def test_what_is_switched_off_is_not_asked_for() -> None:
    every = manifest(SOCKET)["oauth_config"]["scopes"]["bot"]
    assert every == list(WHY)
    less = Settings(slack=SlackSettings(pictures=False, public_channels=False))
    assert set(every) - set(manifest(less)["oauth_config"]["scopes"]["bot"]) == {
        "files:write",
        "channels:read",
    }
    check_manifest(manifest(less))


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "colour": lambda m: m["display_information"].update(colour="red"),
    "short": lambda m: m["display_information"].update(long_description="Short."),
    "name": lambda m: m["features"]["shortcuts"][0].update(name="x" * 25),
    "kind": lambda m: m["features"]["shortcuts"][0].update(type="channel"),
    "url": lambda m: m["features"]["slash_commands"][0].update(url="https://example.org"),
    "scope": lambda m: m["oauth_config"]["scopes"]["bot"].append("channels:history"),
    "user": lambda m: m["oauth_config"]["scopes"].update(user=["chat:write"]),
    "event": lambda m: m["settings"]["event_subscriptions"]["bot_events"].append("message.channels"),
    "needs": lambda m: m["oauth_config"]["scopes"]["bot"].remove("users:read"),
    "missing": lambda m: m["settings"].pop("interactivity"),
    "socket": lambda m: m["settings"].update(socket_mode_enabled=False),
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_manifest_that_slack_would_refuse_is_found(wrong: str) -> None:
    made = copy.deepcopy(manifest(SOCKET))
    WRONG[wrong](made)
    with pytest.raises(AssertionError):
        check_manifest(made)
