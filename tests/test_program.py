"""The program itself, as an operator starts it: `python -m bot`, real settings, both platforms in one process."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.adapters.discord_server import TOKEN
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.slack_methods import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack_stage import SlackStage
from tests.stage import Screen, Stage

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90.0
TOML = """
[[workspaces]]
platform = "{platform}"
id = "{id}"
desks = ["{desk}"]
solidarity_channel = "{wall}"
digest_channel = "{general}"
digest_at = "Mon 09:00"
timezone = "Europe/Berlin"
population = 60
"""
REST = """
[delays]
report = ["0s", "0s"]
batch = ["5m", "15m"]
statement = ["7d", "21d"]

[web]
port = 0

[keys]
file = "metoo.key"
"""


class House:
    """A folder with settings, and both platforms on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack = SlackStage("socket")
        self.slack.be_patient()  # the program is a process of its own, whose work no clock of ours counts
        self.discord = DiscordStage()
        self.stages: tuple[Stage, ...] = (self.slack, self.discord)
        self.extra: dict[str, str] = {}
        self.removed: set[str] = set()

    def furnish(self) -> None:
        """Members, channels and metoo.toml."""
        text = ""
        for stage in self.stages:
            everybody = tuple(stage.person(n) for n in range(1, 31))
            for person in everybody:
                stage.add_person(person)
            stage.add_channel(stage.channel(1), readers=everybody[:3])
            for n in (2, 3):
                stage.add_channel(stage.channel(n), private=False, readers=everybody)
            desk, wall, general = (stage.channel(n) for n in (1, 2, 3))
            text += TOML.format(
                platform=stage.workspace.platform,
                id=stage.workspace.id,
                desk=desk,
                wall=wall,
                general=general,
            )
        (self.folder / "metoo.toml").write_text(text + REST)

    def environment(self) -> dict[str, str]:
        """What an operator exports."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("METOO_")}
        given = inherited | {
            "PYTHONPATH": str(ROOT),
            "METOO_SLACK__BOT_TOKEN": BOT_TOKEN,
            "METOO_SLACK__APP_TOKEN": APP_TOKEN,
            "METOO_SLACK__API_URL": f"{self.slack.server.url}/api/",
            "METOO_DISCORD__TOKEN": TOKEN,
            "METOO_DISCORD__API_URL": self.discord.server.url,
            **self.extra,
        }
        return {name: value for name, value in given.items() if name not in self.removed}

    async def metoo(self, *arguments: str) -> tuple[int, str]:
        """Run a command to its end; its exit code and all it said."""
        process = await self._start(*arguments)
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode or 0, out.decode()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """`metoo run` for a while, stopped as systemd would."""
        process = await self._start("run")
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
            assert process.returncode == 0, out.decode()
            assert "Traceback" not in out.decode(), out.decode()

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "error::ResourceWarning",
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=self.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = House(tmp_path)
    await built.slack.server.start()
    await built.discord.server.start()
    built.furnish()
    yield built
    for stage in built.stages:
        await stage.close()


async def _until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not there():
            await asyncio.sleep(0.02)


async def _posted(stage: Stage, channel: int) -> None:
    await _until(lambda: stage.posts(stage.channel(channel)))


async def _connected(house: House) -> None:
    await asyncio.wait_for(house.slack.server.connected.wait(), PATIENCE)
    await asyncio.wait_for(house.discord.server.gateway.connected.wait(), PATIENCE)
    for stage in house.stages:
        await _posted(stage, 2)


async def _report(stage: Stage, person: str, text: str) -> Screen:
    before = await stage.press(person, await stage.command(person), "Tell what happened")
    form = await stage.press(person, before, "Start writing")
    preview = await stage.submit(person, form, {"text": text})
    return await stage.press(person, preview, "Send")


async def test_without_a_key_nothing_is_served_and_the_sentence_says_what_to_do(house: House) -> None:
    code, said = await house.metoo("run")
    assert code == 1
    assert "metoo keys new" in said
    assert "Traceback" not in said


async def test_from_a_new_key_to_reports_on_both_platforms_and_a_clean_stop(house: House) -> None:
    code, said = await house.metoo("keys", "new")
    assert code == 0, said
    assert stat.S_IMODE((house.folder / "metoo.key").stat().st_mode) == 0o400
    code, said = await house.metoo("check")
    assert (code, said.count("\n- ") + 1) == (1, 1), said
    assert "Run `metoo discord sync`." in said
    code, said = await house.metoo("discord", "sync")
    assert (code, said.splitlines()[0]) == (0, "Added /metoo."), said
    async with house.serving():
        await _connected(house)
        for stage in house.stages:
            sent = await _report(stage, stage.person(9), f"On {stage.workspace.platform}.")
            assert "Your report is saved" in sent.text
            await _posted(stage, 1)
            (card,) = stage.posts(stage.channel(1))
            first = await stage.press_post(stage.person(1), stage.channel(1), card.ref, "Read privately")
            assert f"On {stage.workspace.platform}." not in first.text
            front = await stage.press(stage.person(1), first, "I will not try to find out who wrote")
            reading = await stage.press(stage.person(1), front, "Show the words")
            assert f"On {stage.workspace.platform}." in reading.text
        code, said = await house.metoo("run")
        assert code == 1
        assert "another metoo is serving" in said
        assert "Traceback" not in said
        code, said = await house.metoo("check")
        assert (code, said) == (0, "Everything that can be tried from here works.\n")
        assert await house.metoo("audit", "verify") == (0, "It holds: no entry is missing or changed.\n")
        code, said = await house.metoo("audit", "verify", "--head", "ab" * 32)
        assert (code, "No log ever had this head" in said) == (1, True)
        code, said = await house.metoo("digest", "--dry-run")
        assert (code, said.count("Digest for week ")) == (0, len(house.stages))
    code, said = await house.metoo("digest", "--dry-run")
    assert code == 0
    assert said.count("Digest for week ") == len(house.stages)
    assert "This digest is not decided yet." in said
    assert await house.metoo("audit", "verify") == (0, "It holds: no entry is missing or changed.\n")
    code, said = await house.metoo("audit", "verify", "--head", "ab" * 32)
    assert code == 1
    assert "No log ever had this head" in said


async def test_what_was_told_is_there_after_a_restart(house: House) -> None:
    await house.metoo("keys", "new")
    stage = house.slack
    async with house.serving():
        await _connected(house)
        await _report(stage, stage.person(9), "Before the restart.")
        await _until(lambda: stage.posts(stage.channel(1)))
    (card,) = stage.posts(stage.channel(1))
    house.slack.server.connected.clear()
    house.discord.server.gateway.connected.clear()
    async with house.serving():
        await _connected(house)
        first = await stage.press_post(stage.person(1), stage.channel(1), card.ref, "Read privately")
        front = await stage.press(stage.person(1), first, "I will not try to find out who wrote")
        reading = await stage.press(stage.person(1), front, "Show the words")
        assert "Before the restart." in reading.text
        assert len(stage.posts(stage.channel(2))) == 1


async def test_one_platform_that_is_down_does_not_stop_the_other(house: House) -> None:
    await house.metoo("keys", "new")
    house.discord.fail(1000, 503)
    stage = house.slack
    async with house.serving():
        await asyncio.wait_for(stage.server.connected.wait(), PATIENCE)
        sent = await _report(stage, stage.person(9), "Discord is away.")
        assert "Your report is saved" in sent.text
        await _until(lambda: stage.posts(stage.channel(1)))
        house.discord.server.failures.clear()
        await asyncio.wait_for(house.discord.server.gateway.connected.wait(), PATIENCE)


async def test_a_wrong_key_is_refused_with_a_sentence(house: House) -> None:
    await house.metoo("keys", "new")
    async with house.serving():
        await _connected(house)
    (house.folder / "metoo.key").rename(house.folder / "other.key")
    await house.metoo("keys", "new")
    code, said = await house.metoo("run")
    assert code == 1
    assert "This key does not open this store" in said
    assert "Traceback" not in said


async def test_metoo_check_says_in_sentences_what_is_wrong(house: House) -> None:
    await house.metoo("keys", "new")
    house.slack.add_channel(house.slack.channel(1), private=False)
    house.discord.add_channel(house.discord.channel(1), private=False)
    code, said = await house.metoo("check")
    assert code == 1
    assert said.count("is not private") == len(house.stages)
    assert "Traceback" not in said


async def test_a_mistake_in_the_settings_is_a_sentence_without_the_token(house: House) -> None:
    house.extra["METOO_SLACK__API_URL"] = "http://example.org/"
    code, said = await house.metoo("run")
    assert code == 1
    assert "https" in said
    assert BOT_TOKEN not in said
    assert "Traceback" not in said


async def test_without_a_workspace_in_the_file_an_admin_sets_it_up_in_chat_and_it_lasts(house: House) -> None:
    (house.folder / "metoo.toml").write_text(REST)
    house.removed = {"METOO_DISCORD__TOKEN"}
    await house.metoo("keys", "new")
    stage = house.slack
    admin, desk = stage.person(9), stage.channel(1)
    stage.add_person(admin, admin=True)
    async with house.serving():
        await asyncio.wait_for(stage.server.connected.wait(), PATIENCE)
        await _until(lambda: "users.list" in stage.server.calls)
        while "Set up" not in (menu := await stage.command(admin)).buttons:
            await asyncio.sleep(0.05)
        part = await stage.press(admin, await stage.press(admin, menu, "Set up"), "Desks")
        kept = await stage.submit(admin, await stage.press(admin, part, "Add a desk"), {"channel": desk})
        over = await stage.press(admin, kept, "Back to set-up")
        await stage.press(admin, await stage.press(admin, over, "Start metoo here"), "Start")
        house.slack.add_channel(desk, private=False)
        code, said = await house.metoo("check")
        assert (code, "is not private" in said) == (1, True)
        stage.add_channel(desk, readers=tuple(stage.person(n) for n in range(1, 4)))
        sent = await _report(stage, stage.person(20), "Set up in chat.")
        assert "Your report is saved" in sent.text
        await _posted(stage, 1)
    assert await house.metoo("check") == (0, "Everything that can be tried from here works.\n")
    assert await house.metoo("audit", "verify") == (0, "It holds: no entry is missing or changed.\n")
    stage.add_channel(desk, private=False)
    code, said = await house.metoo("check")
    assert (code, "is not private" in said) == (1, True)


async def test_without_a_token_and_a_workspace_there_is_nothing_to_serve(house: House) -> None:
    (house.folder / "metoo.toml").write_text(REST)
    await house.metoo("keys", "new")
    house.removed = {"METOO_DISCORD__TOKEN", "METOO_SLACK__BOT_TOKEN"}
    for command in ("run", "check"):
        code, said = await house.metoo(command)
        assert code == 1
        assert "There is nothing to serve: set METOO_SLACK__BOT_TOKEN or METOO_DISCORD__TOKEN." in said
