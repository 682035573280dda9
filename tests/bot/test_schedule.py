from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest

from adapters.sandbox.clock import SandboxClock
from bot import logs, schedule
from bot.errors import StoreError, Unreachable
from bot.schedule import AGAIN, Job
from tests.bot.surroundings import logging_put_back, running
from tests.world import TUESDAY

SECRET = "words-of-a-person"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    out = StringIO()
    with logging_put_back():
        logs.configure("DEBUG", out)
        yield out


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(TUESDAY, flowing=False)


class Counted:
    """Work that counts its runs and asks for the next one after `pause`."""

    def __init__(self, clock: SandboxClock, pause: timedelta = timedelta(hours=1)) -> None:
        self.clock = clock
        self.pause = pause
        self.runs: list[datetime] = []
        self.fails: list[BaseException] = []

    async def run(self) -> datetime:
        self.runs.append(self.clock.now())
        if self.fails:
            raise self.fails.pop(0)
        return self.clock.now() + self.pause


async def asleep(clock: SandboxClock, count: int = 1) -> None:
    async with asyncio.timeout(60):
        while len(clock._sleepers) < count:
            await asyncio.sleep(0)


async def test_a_job_runs_at_once_and_then_when_it_asked_for_it(clock: SandboxClock) -> None:
    work = Counted(clock)
    async with running(Job("work", work.run).serve(clock)):
        await asleep(clock)
        await clock.move(timedelta(minutes=59))
        assert len(work.runs) == 1
        await clock.move(timedelta(minutes=121))
    assert work.runs == [TUESDAY + timedelta(hours=n) for n in range(4)]


async def test_waking_runs_a_sleeping_job_now(clock: SandboxClock) -> None:
    work = Counted(clock)
    job = Job("work", work.run)
    async with running(job.serve(clock)):
        await asleep(clock)
        job.wake()
        job.wake()
        for _ in range(20):
            await asyncio.sleep(0)
        await asleep(clock)
    assert work.runs == [TUESDAY] * 2


async def test_waking_during_a_run_runs_once_more(clock: SandboxClock) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    runs = 0

    async def run() -> datetime:
        nonlocal runs
        runs += 1
        begun.set()
        await goes_on.wait()
        return clock.now() + timedelta(hours=1)

    job = Job("work", run)
    async with running(job.serve(clock)), asyncio.timeout(60):
        await begun.wait()
        job.wake()
        goes_on.set()
        while runs < 2:
            await asyncio.sleep(0)
        await asleep(clock)
        for _ in range(20):
            await asyncio.sleep(0)
    assert runs == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError(SECRET), {"event": "job waits", "level": "warning", "error": "StoreError"}),
        (Unreachable(SECRET), {"event": "job waits", "level": "warning", "error": "Unreachable"}),
        (ValueError(SECRET), {"event": "job failed", "level": "error", "error": "ValueError"}),
        (TimeoutError(SECRET), {"event": "job failed", "level": "error", "error": "TimeoutError"}),
    ],
)
async def test_a_failing_job_is_logged_by_its_kind_only_and_runs_again_after_a_minute(
    clock: SandboxClock, lines: StringIO, error: Exception, said: dict[str, str]
) -> None:
    work = Counted(clock)
    work.fails = [error]
    async with running(Job("work", work.run).serve(clock)):
        await asleep(clock)
        await clock.move(AGAIN)
    assert work.runs == [TUESDAY, TUESDAY + timedelta(minutes=1)]
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line) == said | {"job": "work", "module": "bot.schedule"}


async def test_a_job_that_always_fails_does_not_stop_the_others(clock: SandboxClock, lines: StringIO) -> None:
    bad, good = Counted(clock), Counted(clock, timedelta(minutes=10))
    bad.fails = [RuntimeError(SECRET) for _ in range(1000)]
    async with running(schedule.serve((Job("bad", bad.run), Job("good", good.run)), clock)):
        await asleep(clock, 2)
        await clock.move(timedelta(hours=1))
    assert len(good.runs) == 7
    assert len(bad.runs) == 61
    assert SECRET not in lines.getvalue()


async def test_a_job_that_is_late_runs_once_and_not_for_every_time_it_missed(clock: SandboxClock) -> None:
    work = Counted(clock)
    async with running(Job("work", work.run).serve(clock)):
        await asleep(clock)
        await clock.jump(TUESDAY + timedelta(days=30))
    assert work.runs == [TUESDAY, TUESDAY + timedelta(days=30)]


async def test_cancelling_ends_all_jobs_and_leaves_no_sleeper(clock: SandboxClock) -> None:
    work = Counted(clock)
    async with running(schedule.serve((Job("a", work.run), Job("b", work.run)), clock)):
        await asleep(clock, 2)
    assert clock._sleepers == []
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"a", "b"}
