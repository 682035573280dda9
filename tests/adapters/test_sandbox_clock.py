"""The sandbox's clock: time that can be moved, with the jobs that sleep in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest

from adapters.sandbox.clock import SandboxClock

START = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def _work_in_a_thread() -> None:
    await asyncio.to_thread(sleep, 0.003)


async def _no_work() -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def jobs(
    clock: SandboxClock,
    seen: list[tuple[str, datetime]],
    work: Callable[[], Awaitable[None]] = _no_work,
    **every: timedelta,
) -> AsyncIterator[None]:
    async def job(name: str, pause: timedelta) -> None:
        while True:
            at = clock.now() + pause
            await clock.sleep_until(at)
            await work()
            seen.append((name, clock.now()))

    tasks = [asyncio.create_task(job(name, pause)) for name, pause in every.items()]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_standing_clock_stays_until_it_is_moved() -> None:
    clock = SandboxClock(START, flowing=False)
    await clock.move(HOUR)
    assert clock.now() == START + HOUR


async def test_a_flowing_clock_runs_on_from_its_start_and_wakes_by_itself() -> None:
    clock = SandboxClock(START)
    await asyncio.wait_for(clock.sleep_until(START + timedelta(milliseconds=5)), 60)
    assert START + timedelta(milliseconds=5) <= clock.now() < START + timedelta(minutes=1)


async def test_a_flowing_clock_runs_on_after_a_move() -> None:
    clock = SandboxClock(START)
    await clock.move(HOUR)
    later = clock.now() + timedelta(milliseconds=5)
    await asyncio.wait_for(clock.sleep_until(later), 60)
    assert clock.now() >= max(later, START + HOUR)


async def test_jobs_run_in_the_order_of_their_moments_and_at_them() -> None:
    clock = SandboxClock(START, flowing=False)
    seen: list[tuple[str, datetime]] = []
    async with jobs(clock, seen, often=HOUR, seldom=2.5 * HOUR):
        await clock.move(5.5 * HOUR)
    hours = [(name, (at - START) / HOUR) for name, at in seen]
    assert [hour for _, hour in hours] == [1, 2, 2.5, 3, 4, 5, 5]
    assert hours[2] == ("seldom", 2.5)
    assert clock.now() == START + 5.5 * HOUR


@pytest.mark.parametrize("flowing", [True, False])
async def test_a_week_passes_with_every_run_of_jobs_that_work_in_threads(flowing: bool) -> None:
    clock = SandboxClock(START, flowing=flowing)
    seen: list[tuple[str, datetime]] = []
    async with jobs(clock, seen, _work_in_a_thread, a=12 * HOUR, b=24 * HOUR, c=6 * HOUR):
        await clock.move(timedelta(days=7) + HOUR)
    counts = {name: sum(each == name for each, _ in seen) for name in "abc"}
    assert counts == {"a": 14, "b": 7, "c": 28}


async def test_a_job_that_waits_for_a_nudge_or_the_clock_is_waited_for_as_well() -> None:
    clock = SandboxClock(START, flowing=False)
    nudge = asyncio.Event()
    seen: list[datetime] = []

    async def delivery() -> None:
        while True:
            waits = {
                asyncio.create_task(nudge.wait()),
                asyncio.create_task(clock.sleep_until(clock.now() + 3 * HOUR)),
            }
            _, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            nudge.clear()
            await _work_in_a_thread()
            seen.append(clock.now())

    async def writes() -> None:
        await _work_in_a_thread()
        nudge.set()

    task = asyncio.create_task(delivery())
    async with jobs(clock, [], writes, writer=2 * HOUR):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await clock.move(7 * HOUR)
    task.cancel()
    assert [(at - START) / HOUR for at in seen] == [2, 4, 6]


async def test_a_sleeper_that_ends_does_not_hold_up_time_for_long_steps() -> None:
    clock = SandboxClock(START, flowing=False, patience=0.2)
    seen: list[tuple[str, datetime]] = []
    once = asyncio.create_task(clock.sleep_until(START + HOUR))
    async with jobs(clock, seen, often=HOUR):
        await clock.move(4 * HOUR)
    assert once.done()
    assert len(seen) == 4


async def test_a_job_that_hangs_does_not_stop_time() -> None:
    clock = SandboxClock(START, flowing=False, patience=0.1)

    async def hangs() -> None:
        await asyncio.Event().wait()

    async with jobs(clock, [], hangs, stuck=HOUR):
        await clock.move(3 * HOUR)
    assert clock.now() == START + 3 * HOUR


async def test_a_jump_wakes_all_that_slept_up_to_it_at_once() -> None:
    clock = SandboxClock(START, flowing=False)
    seen: list[tuple[str, datetime]] = []
    async with jobs(clock, seen, _work_in_a_thread, a=HOUR, b=2 * HOUR, c=9 * HOUR):
        await clock.jump(START + 8 * HOUR)
        assert seen == [("a", clock.now()), ("b", clock.now())] or seen == [
            ("b", clock.now()),
            ("a", clock.now()),
        ]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = SandboxClock(START, flowing=False)
    task = asyncio.create_task(clock.sleep_until(START + HOUR))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not clock._sleepers


async def test_time_never_goes_back() -> None:
    clock = SandboxClock(START, flowing=False)
    with pytest.raises(ValueError, match="forward"):
        await clock.jump(START - HOUR)
    with pytest.raises(ValueError, match="forward"):
        await clock.move(-HOUR)


async def test_a_job_that_is_at_work_when_time_moves_is_waited_for_first() -> None:
    clock = SandboxClock(START, flowing=False)
    seen: list[tuple[str, datetime]] = []
    async with jobs(clock, seen, _work_in_a_thread, a=HOUR, b=24 * HOUR):
        await clock.settle()
        await clock.jump(START + HOUR)
        await clock.jump(START + 2 * HOUR)
        await clock.jump(START + 3 * HOUR)
    assert [(at - START) / HOUR for name, at in seen if name == "a"] == [1, 2, 3]


async def test_jobs_that_are_only_starting_are_waited_for() -> None:
    clock = SandboxClock(START, flowing=False, patience=0.1)

    async def late() -> None:
        await _work_in_a_thread()
        await clock.sleep_until(START + HOUR)

    task = asyncio.create_task(late())
    await asyncio.sleep(0)
    await clock.settle()
    assert len(clock._sleepers) == 1
    await clock.jump(START + HOUR)
    await task
