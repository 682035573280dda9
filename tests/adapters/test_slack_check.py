"""`metoo check` says in plain sentences what is wrong with a Slack set-up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.slack.check import check, missing
from adapters.slack.scopes import scopes
from adapters.slack.serving import connected
from bot.config import Settings, SlackSettings
from bot.errors import Misconfigured
from bot.findings import Remark
from bot.model import Place, Workspace
from bot.process import served_platforms
from tests.adapters.slack_methods import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack_stage import SlackStage
from tests.world import world


@pytest.fixture
async def stage() -> AsyncIterator[SlackStage]:
    found = SlackStage()
    await found.server.start()
    yield found
    await found.close()


def settings(
    stage: SlackStage, bot: str = BOT_TOKEN, app: str = APP_TOKEN, secret: str = ""
) -> SlackSettings:
    return SlackSettings(
        bot_token=SecretStr(bot),
        app_token=SecretStr(app),
        signing_secret=SecretStr(secret),
        api_url=f"{stage.server.url}/api/",
    )


async def test_a_right_set_up_has_nothing_wrong(stage: SlackStage) -> None:
    desk, wall = stage.add_channel("G1"), stage.add_channel("C1", private=False)
    assert await check(settings(stage), [desk], [wall]) == []
    assert await check(settings(stage, app="", secret="s"), [desk], [wall]) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bot": ""}, "no bot token"),
        ({"bot": "xoxb-other"}, "bot token was not accepted (invalid_auth)"),
        ({"app": "xapp-other"}, "app token was not accepted (invalid_auth)"),
        ({"app": ""}, "neither an app token nor a signing secret"),
    ],
)
async def test_a_token_that_is_missing_or_refused_is_named(
    stage: SlackStage, given: dict[str, str], said: str
) -> None:
    [found] = await check(settings(stage, **given), [])
    assert said in found
    assert "xoxb-other" not in found


async def test_missing_scopes_are_named(stage: SlackStage) -> None:
    stage.server.scopes = "commands, chat:write,groups:read"
    [found] = await check(settings(stage), [])
    assert "channels:read, files:write, users:read" in found


async def test_scopes_beyond_what_is_needed_are_good_to_know(stage: SlackStage) -> None:
    stage.server.scopes += ",channels:history,im:write"
    public = stage.add_channel("G1", private=False)
    first, second = await check(settings(stage), [public])
    assert isinstance(first, Remark)
    assert "(channels:history, im:write)" in first
    assert "is not private" in second


async def test_a_token_of_another_workspace_is_named(stage: SlackStage) -> None:
    [found] = await check(settings(stage), [Place(Workspace("slack", "T0ELSE"), "G1")])
    assert "T0ELSE is configured" in found


async def test_what_is_wrong_with_each_channel_is_named(stage: SlackStage) -> None:
    desks = [
        Place(stage.workspace, "G0"),
        stage.add_channel("G1", private=False),
        stage.add_channel("G2", external=True),
    ]
    others = [stage.add_channel("C3", private=False, bot=False)]
    found = await check(settings(stage), desks, others)
    assert [one.split()[2] for one in found] == ["G0", "G1", "G2", "C3"]
    for one, said in zip(found, ("not found", "not private", "outside", "/invite"), strict=True):
        assert said in one


async def test_a_platform_that_is_down_is_named(stage: SlackStage) -> None:
    stage.fail(2, 500)
    [found] = await check(settings(stage), [])
    assert found == "Slack could not be asked (Slack failed (status 500, no reason)). Is this machine online?"


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize("status", [429, 503])
async def test_a_platform_that_does_not_answer_now_is_no_reason_to_change_a_token(
    stage: SlackStage, method: str, status: int
) -> None:
    stage.server.hold(method, status, 30)
    [found] = await check(settings(stage), [])
    assert found.startswith("Slack could not be asked (")
    assert found.endswith("). Is this machine online?")
    assert "token" not in found


async def test_a_machine_without_a_network_is_told_so(stage: SlackStage) -> None:
    offline = settings(stage)
    await stage.server.stop()
    [found] = await check(offline, [])
    assert found.startswith("Slack could not be asked (Slack cannot be reached (")
    assert "token" not in found


def many(**secrets: str) -> SlackSettings:
    return SlackSettings.model_validate({"client_id": "1.2"} | secrets)


@pytest.mark.parametrize("lacking", ["client_secret", "signing_secret"])
def test_an_app_for_every_workspace_needs_both_of_its_secrets(lacking: str) -> None:
    secrets = {"client_secret": "made-up", "signing_secret": "made-up"}
    assert missing(many(**secrets)) == []
    (said,) = missing(many(**secrets | {lacking: ""}))
    assert "METOO_SLACK__CLIENT_SECRET" in said
    assert "METOO_SLACK__SIGNING_SECRET" in said


def test_an_app_for_every_workspace_is_served_without_a_token_and_a_token_is_for_one() -> None:
    assert served_platforms(Settings(slack=many())) == {"slack"}
    assert not many(bot_token="xoxb-made-up").many


async def test_pages_of_installing_without_an_address_are_refused_with_what_to_set(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        given = Settings(slack=many(client_secret="made-up", signing_secret="made-up"))
        with pytest.raises(Misconfigured, match="METOO_WEB__PUBLIC_URL"):
            connected(given, [], lambda *_: None, w.means)


@pytest.mark.parametrize(
    ("off", "scope"), [("pictures", "files:write"), ("public_channels", "channels:read")]
)
def test_what_is_switched_off_is_not_missed(off: str, scope: str) -> None:
    assert scope in scopes(SlackSettings())
    assert scope not in scopes(SlackSettings.model_validate({off: False}))
