from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from random import Random

import pytest

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.workplace import Workplace
from bot import logs
from bot.errors import Misconfigured
from bot.model import Card, Event, Reply
from bot.ports import Directory, Handle, Platform
from bot.supervision import HELD, LONGEST_PAUSE, supervise
from tests.bot.surroundings import logging_put_back, running
from tests.world import TUESDAY

SECRET = "token-or-payload"


async def answer(event: Event) -> Reply:
    return Card("metoo")


@dataclass
class Broken:
    """A connection whose link ends in a given way each time."""

    clock: SandboxClock
    ends: list[BaseException | None]
    holds: timedelta = timedelta(0)
    calls: list[datetime] = field(default_factory=list)
    handles: list[Handle] = field(default_factory=list)

    @property
    def platform(self) -> Platform:
        return Workplace(self.clock.now)

    @property
    def directory(self) -> Directory:
        return Workplace(self.clock.now)

    async def serve(self, handle: Handle) -> None:
        self.calls.append(self.clock.now())
        self.handles.append(handle)
        if self.holds:
            await self.clock.sleep_until(self.clock.now() + self.holds)
        end = self.ends.pop(0) if self.ends else None
        if end is not None:
            raise end


@pytest.fixture
def lines() -> Iterator[StringIO]:
    out = StringIO()
    with logging_put_back():
        logs.configure("DEBUG", out)
        yield out


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(TUESDAY, flowing=False)


async def asleep(clock: SandboxClock) -> None:
    async with asyncio.timeout(60):
        while not clock._sleepers:
            await asyncio.sleep(0)


class Custom(Exception):
    """Something a library made up."""


@pytest.mark.parametrize(
    "end",
    [
        None,
        OSError(SECRET),
        TimeoutError(SECRET),
        Misconfigured(SECRET),
        Custom(SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
        asyncio.CancelledError(SECRET),
        StopAsyncIteration(SECRET),
    ],
    ids=lambda end: type(end).__name__,
)
async def test_whatever_ends_a_connection_it_is_served_again(
    clock: SandboxClock, lines: StringIO, end: BaseException | None
) -> None:
    connection = Broken(clock, [end])
    async with running(supervise("slack", connection, answer, clock, Random(1))):
        await asleep(clock)
        await clock.move(timedelta(seconds=2))
        assert len(connection.calls) == 2
    assert connection.handles == [answer] * len(connection.calls)
    assert SECRET not in lines.getvalue()
    assert '"platform": "slack"' in lines.getvalue()


async def test_pauses_grow_to_a_minute_and_stay_there(clock: SandboxClock, lines: StringIO) -> None:
    connection = Broken(clock, [OSError() for _ in range(1000)])
    async with running(supervise("slack", connection, answer, clock, Random(1))):
        await asleep(clock)
        await clock.move(timedelta(minutes=30))
    pauses = [later - earlier for earlier, later in zip(connection.calls, connection.calls[1:], strict=False)]
    for n, pause in enumerate(pauses):
        usual = min(timedelta(seconds=2**n) if n < 10 else LONGEST_PAUSE, LONGEST_PAUSE)
        assert usual * 0.8 <= pause <= usual * 1.2
    assert len(pauses) > 25
    assert len(set(pauses[-10:])) > 1  # many bots that lost one platform do not come back together


async def test_a_connection_that_held_begins_with_short_pauses_again(
    clock: SandboxClock, lines: StringIO
) -> None:
    connection = Broken(clock, [OSError() for _ in range(6)])
    async with running(supervise("slack", connection, answer, clock, Random(1))):
        await asleep(clock)
        await clock.move(timedelta(minutes=5))
        assert len(connection.calls) > 6
        connection.holds = HELD
        await clock.move(timedelta(minutes=2))
        count, connection.ends = len(connection.calls), [OSError(), OSError()]
        await clock.move(HELD)
        await clock.move(timedelta(seconds=3))
    assert len(connection.calls) == count + 1


@pytest.mark.parametrize("while_serving", [True, False])
async def test_cancelling_ends_it(clock: SandboxClock, lines: StringIO, while_serving: bool) -> None:
    connection = Broken(clock, [], timedelta(days=1) if while_serving else timedelta(0))
    task = asyncio.create_task(supervise("slack", connection, answer, clock, Random(1)))
    await asleep(clock)
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(60):
            await task
    assert task.cancelled()
    assert len(connection.calls) == 1
    assert clock._sleepers == []


async def test_a_connection_that_answers_cancelling_with_an_error_does_not_go_on(
    clock: SandboxClock, lines: StringIO
) -> None:
    class Stubborn(Broken):
        async def serve(self, handle: Handle) -> None:
            try:
                await super().serve(handle)
            except asyncio.CancelledError:
                raise OSError("while closing") from None

    connection = Stubborn(clock, [], timedelta(days=1))
    task = asyncio.create_task(supervise("slack", connection, answer, clock, Random(1)))
    await asleep(clock)
    task.cancel()
    for _ in range(50):
        await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended, "asked to stop, it waited for its next try"
