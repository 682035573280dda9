"""Time as Slack counts it against an app, without what a busy machine takes from everybody in a test."""

from __future__ import annotations

import asyncio
import time
from typing import Any

TICK = 0.02
"""Seconds between looks."""


class FairClock:
    """Seconds in which the app could have answered.

    A loop that is woken late because others have the processor gets no more than two ticks for it; one that is woken
    late because we compute, or block, gets all of what that took.
    """

    def __init__(self) -> None:
        self._spent = 0.0
        self._ticking: asyncio.Task[None] | None = None

    def now(self) -> float:
        """How many have passed."""
        return self._spent

    def start(self) -> None:
        """Tick."""
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Tick no more."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)

    async def answered(self, asked: asyncio.Future[Any], within: float) -> bool:
        """Whether something is done in so many seconds."""
        begun = self._spent
        while not asked.done():
            if self._spent - begun >= within:
                return False
            await asyncio.wait({asked}, timeout=TICK)
        return True

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began, worked = clock(), time.process_time()
            await asyncio.sleep(TICK)
            self._spent += max(min(clock() - began, 2 * TICK), time.process_time() - worked)
