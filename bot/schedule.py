"""Jobs that run by themselves: each says when it wants to run again, and may be woken earlier."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.errors import MetooError
from bot.ports import Clock

_log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=1)
"""How long a job that failed waits before its next run."""


class Job:
    """One thing to do again and again; `run` returns the moment of its next run."""

    def __init__(self, name: str, run: Callable[[], Awaitable[datetime]]) -> None:
        self.name = name
        self._run = run
        self._woken = asyncio.Event()
        self.failing = False

    def wake(self) -> None:
        """Let the job run now, or once more if it is running."""
        self._woken.set()

    async def serve(self, clock: Clock) -> None:
        """Run until cancelled; a failure is logged by its kind and tried again."""
        while True:
            self._woken.clear()
            await self._sleep(clock, await self._once(clock))

    async def _once(self, clock: Clock) -> datetime:
        try:
            again = await self._run()
        except MetooError as error:
            _log.warning("job waits", job=self.name, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the one entry point of every job
            _log.error("job failed", job=self.name, error=type(error).__name__)
        else:
            self.failing = False
            return again
        self.failing = True
        return clock.now() + AGAIN

    async def _sleep(self, clock: Clock, when: datetime) -> None:
        waits = {asyncio.ensure_future(clock.sleep_until(when)), asyncio.ensure_future(self._woken.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


async def serve(jobs: tuple[Job, ...], clock: Clock) -> None:
    """Run all jobs side by side until cancelled."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job.serve(clock), name=job.name)
