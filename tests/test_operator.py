"""What somebody meets who sets metoo up: sentences instead of silence, health that is true, pages that are right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from adapters.discord.connection import DiscordConnection
from adapters.slack.connection import SlackConnection
from bot import mistakes
from bot.clock import SystemClock
from bot.config import DiscordSettings, Settings, SlackSettings
from bot.logs import ALLOWED
from bot.model import Event, Reply
from bot.ports import Linked
from bot.supervision import supervise
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.slack_methods import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack_stage import SlackStage
from tests.bot.surroundings import running
from tests.test_program import PATIENCE, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = House(tmp_path)
    await built.slack.server.start()
    await built.discord.server.start()
    built.furnish()
    await built.metoo("keys", "new")
    yield built
    for stage in built.stages:
        await stage.close()


class Core:
    """Answers nothing, or breaks."""

    async def __call__(self, event: Event) -> Reply:
        raise LookupError


# --- what is missing is said before anything begins -----------------------------------------------------


@pytest.mark.parametrize(
    "variable", ["METOO_SLACK__BOT_TOKEN", "METOO_SLACK__APP_TOKEN", "METOO_DISCORD__TOKEN"]
)
async def test_run_refuses_an_empty_token_in_the_words_of_the_check(house: House, variable: str) -> None:
    house.extra[variable] = ""
    code, said = await house.metoo("run")
    _, checked = await house.metoo("check")
    assert code == 1
    assert variable in said
    assert said.removeprefix("Error: ").strip() in checked
    assert not house.slack.server.calls.count("socket")


async def test_the_key_is_looked_at_before_the_tokens(house: House) -> None:
    (house.folder / "metoo.key").unlink()
    house.extra["METOO_SLACK__BOT_TOKEN"] = ""
    code, said = await house.metoo("run")
    assert code == 1
    assert "metoo keys new" in said
    assert "METOO_SLACK__BOT_TOKEN" not in said


@pytest.mark.parametrize("command", ["run", "check"])
async def test_the_practice_platform_is_not_served(house: House, command: str) -> None:
    toml = house.folder / "metoo.toml"
    toml.write_text(toml.read_text().replace('"slack"', '"sandbox"'))
    code, said = await house.metoo(command)
    assert code == 1
    assert 'A platform is "slack" or "discord". To practise, run `metoo sandbox`.' in said


async def test_a_taken_port_is_a_sentence(house: House) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    house.extra["METOO_WEB__PORT"] = str(port)
    code, said = await house.metoo("run")
    taken.close()
    await taken.wait_closed()
    assert code == 1
    assert f"Error: Port {port} on 127.0.0.1 is taken; set METOO_WEB__PORT to another.\n" in said
    assert "Traceback" not in said


async def test_tokens_are_read_from_credential_files(house: House) -> None:
    folder = house.folder / "credentials"
    folder.mkdir()
    (folder / "METOO_SLACK__BOT_TOKEN").write_text(f"{BOT_TOKEN}\n")
    (folder / "of-another-service").write_text("xoxb-other")
    house.extra["CREDENTIALS_DIRECTORY"] = str(folder)
    house.removed.add("METOO_SLACK__BOT_TOKEN")
    code, said = await house.metoo("check")
    assert (code, said.count("\n- ") + 1) == (1, 1), said
    assert "Run `metoo discord sync`." in said


# --- what a serving process says and is -----------------------------------------------------------------


async def _health(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    assert first.startswith("metoo is connecting to discord, slack… Health: http://"), first
    return first.split("Health: ")[1].split("/livez")[0]


async def _status(address: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status


async def _turns(address: str, status: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _status(address) != status:
            await asyncio.sleep(0.05)


async def test_it_is_ready_while_every_platform_is_connected(house: House) -> None:
    house.discord.fail(1000, 503)
    async with house.serving() as process:
        address = await _health(process)
        await asyncio.wait_for(house.slack.server.connected.wait(), PATIENCE)
        assert await _status(f"{address}/livez") == 200
        assert await _status(f"{address}/readyz") == 503
        house.discord.server.failures.clear()
        await _turns(f"{address}/readyz", 200)
        assert house.discord.server.gateway.connected.is_set()
        house.slack.server.gate.clear()
        await house.slack.server.drop()
        await _turns(f"{address}/readyz", 503)
        house.slack.server.gate.set()
        await _turns(f"{address}/readyz", 200)


def _slack(stage: SlackStage, bot: str = BOT_TOKEN) -> Linked:
    settings = SlackSettings(
        bot_token=SecretStr(bot), app_token=SecretStr(APP_TOKEN), api_url=f"{stage.server.url}/api/"
    )
    return SlackConnection(settings, [stage.server.team])


async def _until_said(said: list[MutableMapping[str, Any]], event: str, times: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while [each["event"] for each in said].count(event) < times:
            await asyncio.sleep(0.01)


async def test_a_refused_token_is_logged_with_the_platforms_reason() -> None:
    slack, discord = SlackStage(), DiscordStage()
    await slack.server.start()
    await discord.server.start()
    other = DiscordConnection(DiscordSettings(token=SecretStr("made-up"), api_url=discord.server.url), {})
    for name, link, reason in (
        ("slack", _slack(slack, "xoxb-other"), "invalid_auth"),
        ("discord", other, "unauthorized"),
    ):
        with capture_logs() as said:
            async with running(supervise(name, link, Core(), SystemClock(), Random(1))):
                await _until_said(said, "connection failed")
        assert said == [
            {"event": "connecting", "platform": name, "log_level": "info"},
            {
                "event": "connection failed",
                "platform": name,
                "error": "Denied",
                "reason": reason,
                "log_level": "warning",
            },
        ]
        assert set(said[1]) - {"log_level"} <= set(ALLOWED)
        assert not link.connected
    await slack.close()
    await discord.close()


async def test_each_connection_of_slack_is_one_line() -> None:
    stage = SlackStage()
    await stage.server.start()
    link = _slack(stage)
    with capture_logs() as said:
        async with running(supervise("slack", link, Core(), SystemClock(), Random(1))):
            await _until_said(said, "connected")
            up = link.connected
            await stage.server.drop()
            await _until_said(said, "connected", 2)
    assert [each["event"] for each in said] == [
        "connecting",
        "connected",
        "connection ended",
        "connecting",
        "connected",
    ]
    assert (up, link.connected) == (True, False)
    await stage.close()


async def test_each_connection_of_discord_is_one_line() -> None:
    stage = DiscordStage()
    with capture_logs() as said:
        await stage.open(Core())
        await _until_said(said, "connected")
        up = stage.connection.connected
        await stage.server.gateway.drop()
        await _until_said(said, "connected", 2)
        await stage.close()
    assert [each["event"] for each in said] == ["connected", "connected"]
    assert (up, stage.connection.connected) == (True, False)


async def test_a_defect_at_slack_is_logged_by_its_kind_alone() -> None:
    stage = SlackStage()
    stage.add_person(stage.person(1))
    with capture_logs() as said:
        await stage.open(Core())
        await _until_said(said, "connected")
        said.clear()
        await stage.command(stage.person(1))
        await stage.offer("interactive", {"type": "shortcut", "callback_id": "not-ours"})
        await stage.command(stage.person(1))
    failed = {"event": "slack event failed", "error": "LookupError", "log_level": "error"}
    await stage.close()
    assert said == [failed, failed]


# --- mistakes in the settings ---------------------------------------------------------------------------

GOOD = {"platform": "slack", "id": "T1", "desks": ["C1"]}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"desk": "C1"}, "has a setting that does not exist: desk of the first [[workspaces]]."),
        ({"desks": []}, "desks of the first [[workspaces]] is empty: name at least one private channel."),
        ({"platform": "teams"}, 'no platform we know. A platform is "slack" or "discord".'),
        ({"id": ""}, "id of the first [[workspaces]] is empty."),
        ({"id": 7}, "id of the first [[workspaces]] must be text in quotes."),
        ({"desks": "C1"}, "desks of the first [[workspaces]] must be a list, in square brackets."),
        ({"population": "many"}, "population of the first [[workspaces]] must be a whole number."),
        ({"population": -1}, "population of the first [[workspaces]] must be at least 0."),
        ({"language": "fr"}, "must be one of en, de; there is no translation into 'fr'."),
        ({"desks": ["C1", "C1"]}, "the first [[workspaces]]: a channel is listed twice in desks."),
        ({"solidarity_channel": "C1"}, "the first [[workspaces]]: solidarity_channel is also a desk;"),
        ({"digest_channel": "C1"}, "the first [[workspaces]]: digest_channel is also a desk;"),
    ],
)
def test_a_mistake_in_a_workspace_is_named_as_an_admin_sees_it(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"workspaces": [GOOD | given]})
    said = mistakes.sentence(caught.value)
    assert sentence in said
    assert not re.search(r"\b(Input|String|Tuple|Extra|Value error|workspaces\.0)\b", said)
    assert "sandbox" not in said


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"slak": {}}, "metoo.toml (or the environment) has a setting that does not exist: slak."),
        ({"slack": {"bot": "xoxb-1"}}, "a setting that does not exist: slack.bot."),
        ({"workspaces": [GOOD, {}]}, "platform of the second [[workspaces]] is missing."),
        ({"workspaces": [GOOD, GOOD]}, "- a workspace is configured twice."),
        ({"delays": {"report": ["15m"]}}, "delays.report has too few entries."),
        ({"delays": {"report": ["1m", "2m", "3m"]}}, "delays.report has too many entries; it takes 2."),
        ({"delays": {"report": ["x", "2m"]}}, "delays.report.1: a duration is a number and one of"),
        ({"web": {"port": 70000}}, "web.port must be at most 65535."),
        ({"log_level": "loud"}, "log_level must be one of 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
        ({"storage": "metoo.db"}, "storage must be a table of settings."),
    ],
)
def test_a_mistake_elsewhere_is_named_too(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(given)
    assert sentence in mistakes.sentence(caught.value)


@pytest.mark.parametrize("language", ["en", "de", "de-AT", "en_GB"])
def test_a_language_with_a_catalogue_is_taken(language: str) -> None:
    (served,) = Settings.model_validate({"workspaces": [GOOD | {"language": language}]}).workspaces
    assert served.language == language


async def test_the_help_cuts_no_sentence(house: House) -> None:
    for group in ((), ("keys",)):
        code, said = await house.metoo(*group, "--help")
        assert code == 0
        assert "..." not in said.partition("Commands:")[2]
