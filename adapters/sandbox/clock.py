"""Time that a visitor or a test moves, so that a week passes in seconds with every job run in its order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

_TURNS = 12
"""Turns of the loop after which somebody nudged by a job that just fell asleep would be seen awake."""

_MOMENT = 0.03
"""Seconds of real time in which a busy job is expected to show itself."""


@dataclass(eq=False, frozen=True, slots=True)
class _Sleeper:
    when: datetime
    woken: asyncio.Future[None]
    task: asyncio.Task[object] | None


class SandboxClock:
    """A clock that runs on from its start (`flowing`) or stands still, and that can be moved forward.

    `patience` is how many seconds of real time a step waits for the jobs it woke to sleep again; where
    everything it woke has ended, it waits for a third of that, because another may go on from there.
    """

    def __init__(self, start: datetime | None = None, flowing: bool = True, patience: float = 10.0) -> None:  # noqa: FBT001, FBT002 - the one switch of this class
        self._anchor = start or datetime.now(UTC)
        self._since = monotonic() if flowing else None
        self._flowing = flowing
        self._patience = patience
        self._sleepers: list[_Sleeper] = []
        self._usual = 0
        self._fell_asleep = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._moves = asyncio.Lock()
        self.moving_to: datetime | None = None

    def now(self) -> datetime:
        """The moment it is here."""
        if self._since is None:
            return self._anchor
        return self._anchor + timedelta(seconds=monotonic() - self._since)

    async def sleep_until(self, when: datetime) -> None:
        """Return once it is that moment here, because time passed or was moved."""
        if self.now() >= when:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = _Sleeper(when, woken, asyncio.current_task())
        self._sleepers.append(sleeper)
        self._fell_asleep.set()
        self._arm()
        try:
            await woken
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    async def move(self, delta: timedelta) -> None:
        """Let time pass: from one sleeper's moment to the next, each with its work done before the next."""
        async with self._moves:
            await self._pass_to(self.now() + delta)

    async def jump(self, to: datetime) -> None:
        """Be at that moment at once; what slept up to it wakes together."""
        async with self._moves:
            if to < self.now():
                raise ValueError("time only goes forward")
            self._stand_at(to)
            try:
                await self._wake()
            finally:
                self._flow()

    async def _pass_to(self, target: datetime) -> None:
        if target < self.now():
            raise ValueError("time only goes forward")
        self.moving_to = target
        self._stand_at(self.now())
        try:
            while (upcoming := min((each.when for each in self._sleepers), default=target)) < target:
                self._stand_at(max(upcoming, self.now()))
                await self._wake()
            self._stand_at(target)
            await self._wake()
        finally:
            self.moving_to = None
            self._flow()

    def _stand_at(self, moment: datetime) -> None:
        self._anchor, self._since = moment, None

    def _flow(self) -> None:
        if self._flowing:
            self._since = monotonic()
            self._arm()

    async def settle(self) -> None:
        """Wait until nobody has fallen asleep or woken for a moment: at a start, when jobs are still coming."""
        asleep = -1
        while asleep != len(self._sleepers):
            asleep = len(self._sleepers)
            await asyncio.sleep(_MOMENT)
        self._usual = asleep

    async def _wake(self) -> None:
        """Wake what is due and wait until as many sleep as usual."""
        usual = max(self._usual, len(self._sleepers))
        woken = self._wake_due()
        started = monotonic()
        while not await self._settled(usual):
            ended = all(each.task is None or each.task.done() for each in woken)
            left = self._patience / (3 if ended else 1) - (monotonic() - started)
            if left <= 0:
                break
            self._fell_asleep.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._patience / 20)):
                    await self._fell_asleep.wait()
        self._usual = len(self._sleepers)

    async def _settled(self, usual: int) -> bool:
        if len(self._sleepers) < usual:
            return False
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        return len(self._sleepers) >= usual

    def _wake_due(self) -> list[_Sleeper]:
        now = self.now()
        due = sorted((each for each in self._sleepers if each.when <= now), key=lambda each: each.when)
        for each in due:
            self._sleepers.remove(each)
            if not each.woken.done():
                each.woken.set_result(None)
        return due

    def _arm(self) -> None:
        """Have the loop call when the next sleeper is due, while time flows by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._since is None or not self._sleepers:
            return
        wait = (min(each.when for each in self._sleepers) - self.now()).total_seconds()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, wait), self._ring)

    def _ring(self) -> None:
        self._wake_due()
        self._arm()
