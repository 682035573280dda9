"""At the moment somebody acts, no line is written to any log: the operator's log is no list of moments."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from bot import logs
from bot.model import Address, Button, Card, Event, Reply
from tests.adapters.discord_interactions import COMPONENT
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.slack_stage import SlackStage
from tests.stage import Stage
from tests.stages import STAGES
from tests.theatre import Theatre, theatre

TEXT = {"text": "It happened at work.", "category": "touch"}


class Records(logging.Handler):
    """Every record of every library, before anything is left out of it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{record.levelname} {record.name} {record.module}:{record.lineno}")


class Log:
    """All that the program and its libraries have said since it was last looked at."""

    def __init__(self) -> None:
        self._stream = StringIO()
        self._records = Records()
        logs.configure("DEBUG", self._stream)
        logging.getLogger().addHandler(self._records)

    def taken(self) -> list[str]:
        said = [*self._records.said, *self._stream.getvalue().splitlines()]
        self._records.said.clear()
        self._stream.seek(0)
        self._stream.truncate()
        return said


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.HELD_DOWN}
    yield Log()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


@pytest.fixture(params=sorted(name for name in STAGES if name != "sandbox"))
def stage(request: pytest.FixtureRequest) -> Stage:
    return STAGES[request.param]()


async def test_a_report_from_the_command_to_send_leaves_no_line(
    stage: Stage, tmp_path: Path, log: Log
) -> None:
    async with theatre(stage, tmp_path) as play:
        log.taken()
        preview = await play.to_preview(stage.person(21), TEXT)
        sent = await stage.press(stage.person(21), preview, "Send")
        await stage.repeat_last()
        dropped = await play.to_preview(stage.person(22), TEXT)
        await stage.press(stage.person(22), dropped, "Throw away")
        assert log.taken() == []
    assert "saved" in sent.text


async def test_a_press_and_taking_it_back_leave_no_line(stage: Stage, tmp_path: Path, log: Log) -> None:
    async with theatre(stage, tmp_path) as play:
        (wall,) = await play.arrived(play.solidarity, "No names or details needed")
        log.taken()
        for label in ("Me too", "Me too", "Take back"):
            await stage.press_post(stage.person(21), play.solidarity, wall.ref, label)
        assert log.taken() == []


async def _until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not there():
            await asyncio.sleep(0.005)


async def _slack_window_is_gone(play: Theatre, stage: SlackStage, method: str) -> None:
    """Somebody closes the window while the answer is on its way; then the next one acts."""
    user = stage.person(21)
    menu = await stage.command(user)
    stage.server.refusals[method] = ["not_found"]
    pressing = asyncio.create_task(
        stage.press(user, menu, "Tell what happened") if method == "views.update" else stage.command(user)
    )
    await _until(lambda: not stage.server.refusals[method])
    await stage.command(stage.person(22))
    pressing.cancel()
    await play.to_form(stage.person(22))


@pytest.mark.parametrize("method", ["views.open", "views.update"])
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_window_of_slack_that_was_closed_meanwhile_leaves_no_line(
    tmp_path: Path, log: Log, mode: str, method: str
) -> None:
    stage = SlackStage(mode)
    async with theatre(stage, tmp_path) as play:
        log.taken()
        await _slack_window_is_gone(play, stage, method)
        assert log.taken() == []


async def _beside(_: Event) -> Reply:
    return Card("Not now", aside=True)


async def test_an_answer_beside_a_post_that_slack_does_not_take_leaves_no_line(log: Log) -> None:
    stage = SlackStage()
    one, two = stage.person(1), stage.person(2)
    stage.add_person(one)
    stage.add_person(two)
    await stage.open(_beside)
    place = stage.add_channel(stage.channel(1), private=False)
    post = Card("Me too", buttons=(Button("Me too", Address("voice")),))
    ref = await stage.connection.platform.post(place, post, "nonce")
    log.taken()
    stage.server.hooks_drop = 2  # the SDK tries once more
    pressing = asyncio.create_task(stage.press_post(one, place.channel, ref, "Me too"))
    await _until(lambda: not stage.server.hooks_drop)
    assert (await stage.press_post(two, place.channel, ref, "Me too")).text.startswith("Not now")
    pressing.cancel()
    assert log.taken() == []
    await stage.close()


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_an_answer_that_discord_does_not_take_leaves_no_line(
    tmp_path: Path, log: Log, status: int
) -> None:
    stage = DiscordStage()
    async with theatre(stage, tmp_path) as play:
        menu = await stage.command(stage.person(21))
        log.taken()
        refused: list[tuple[int, float | None]] = [(status, 0.01)]
        stage.server.failures_at = {"/callback": refused}
        data = {"component_type": 2, "custom_id": "tell:"}
        await stage.server.deliver(COMPONENT, data, stage.person(21), menu.raw.message)
        await _until(lambda: not refused)
        stage.dismiss(menu)
        await play.to_preview(stage.person(22), TEXT)
        assert log.taken() == []
