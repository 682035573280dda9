"""The clock by which our Slack calls something late counts what we take, and not what others take from us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bot.model import Event, Reply
from tests.adapters.slack_methods import Refused
from tests.adapters.slack_script import ANN, MENU
from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_time import FairClock


@pytest.fixture
async def clock() -> AsyncIterator[FairClock]:
    made = FairClock()
    made.start()
    await asyncio.sleep(0)
    yield made
    await made.stop()


async def test_what_we_compute_counts_in_full(clock: FairClock) -> None:
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    await asyncio.sleep(0.1)
    assert clock.now() >= 0.3


async def test_what_others_take_from_us_counts_for_little(clock: FairClock) -> None:
    time.sleep(0.5)  # noqa: ASYNC251 - as where another process has the processor
    await asyncio.sleep(0.001)
    assert clock.now() < 0.3


async def test_waiting_counts_until_it_is_too_long(clock: FairClock) -> None:
    never: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    assert not await clock.answered(never, 0.1)
    never.set_result(None)
    assert await clock.answered(never, 0.1)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_our_slack_calls_an_answer_late_that_comes_after_three_seconds(mode: str) -> None:
    async def slow(_: Event) -> Reply:
        await asyncio.sleep(3.5)
        return MENU

    stage = SlackStage(mode, patience=9.0)
    stage.add_person(ANN)
    await stage.open(slow)
    command = {"command": "/metoo", "team_id": stage.server.team, "user_id": ANN, "trigger_id": "t"}
    assert await stage.send("slash_commands", command) is None
    await stage.close()


async def test_a_trigger_opens_one_window_and_none_after_three_seconds() -> None:
    stage = SlackStage()
    view = {"type": "modal"}
    stage.server.trigger_life = 0.0
    for used, said in ((True, "exchanged_trigger_id"), (False, "expired_trigger_id")):
        name = stage.server.trigger(ANN)
        stage.server.triggers[name].used = used
        with pytest.raises(Refused, match=said):
            stage.server.do_views_open({"trigger_id": name, "view": view})
    await stage.server.stop()
