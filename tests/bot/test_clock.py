from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import clock as module
from bot.clock import SystemClock


def test_now_is_in_utc_and_says_so() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert before <= now <= datetime.now(UTC)


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    clock = SystemClock()
    async with asyncio.timeout(60):
        await clock.sleep_until(clock.now() - timedelta(days=1))
        await clock.sleep_until(clock.now())


async def test_sleeping_ends_at_its_moment_and_never_before() -> None:
    clock = SystemClock()
    when = clock.now() + timedelta(milliseconds=20)
    await clock.sleep_until(when)
    assert clock.now() >= when


async def test_a_sleeper_looks_again_when_the_system_clock_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.001)

    class Set(SystemClock):
        looked = 0

        def now(self) -> datetime:
            self.looked += 1
            return super().now() + (timedelta(days=2) if self.looked > 3 else timedelta(0))

    clock = Set()
    async with asyncio.timeout(60):
        await clock.sleep_until(datetime.now(UTC) + timedelta(days=1))
    assert clock.looked > 3


async def test_a_sleeper_can_be_cancelled() -> None:
    clock = SystemClock()
    sleeper = asyncio.create_task(clock.sleep_until(clock.now() + timedelta(days=400)))
    await asyncio.sleep(0)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper


async def test_a_sleeper_wakes_when_the_system_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.001)

    class Back(SystemClock):
        looked = 0

        def now(self) -> datetime:
            self.looked += 1
            return super().now() - (timedelta(days=400) if self.looked > 3 else timedelta(0))

    async with asyncio.timeout(5):
        await Back().sleep_until(datetime.now(UTC) + timedelta(days=1))
