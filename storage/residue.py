"""What was erased and may still be in a file, until it has been wiped from there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import StoreError

_TRIES_UNTIL_A_WARNING = 30
_IMPATIENT = 0.1
_log = structlog.get_logger(__name__)


class Residue:
    """Wipes a moment after an erasure, so that many erasures share one wiping; tries until it worked.

    It begins with residue, because the process before us may have been killed between the two. `tries` that
    failed in a row and how often it `wiped` are there to be looked at.
    """

    def __init__(self, wipe: Callable[[], Awaitable[bool]], pause: float) -> None:
        self._wipe = wipe
        self._pause = pause
        self._left = True
        self.tries = 0
        self.wiped = 0
        self._next = self._now() + pause
        self._waiting: list[asyncio.Future[None]] = []

    def note(self) -> None:
        """Something was erased."""
        if not self._left:
            self._left = True
            self._next = self._now() + self._pause

    def gone(self) -> asyncio.Future[None]:
        """Done once nothing is left; hurries the next try."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._left:
            self._waiting.append(done)
            self._next = self._now()
        else:
            done.set_result(None)
        return done

    def seconds_to_try(self) -> float | None:
        """How long until the next try; None if nothing is left."""
        return max(0.0, self._next - self._now()) if self._left else None

    def is_due(self) -> bool:
        """Whether it is time for the next try."""
        return self._left and self._next <= self._now()

    async def try_to_wipe(self) -> None:
        """One try. A failure is not the writer's: it tries again later."""
        try:
            self._left = not await self._wipe()
        except StoreError:
            self._left = True
        if self._left:
            self._try_later()
        else:
            self.tries = 0
            self.wiped += 1
            self._tell(None)

    async def last_tries(self) -> None:
        """A few tries before the file is closed; the next process has to do it if all fail."""
        for _ in range(3):
            if self._left:
                await self.try_to_wipe()

    def give_up(self) -> None:
        """Nobody will try again."""
        self._tell(
            StoreError("the store was closed before erased bytes were wiped; it is done at the next start")
        )

    def _try_later(self) -> None:
        self._next = self._now() + (min(self._pause, _IMPATIENT) if self._waiting else self._pause)
        self.tries += 1
        if self.tries == _TRIES_UNTIL_A_WARNING:
            _log.warning("erased bytes cannot be wiped from the store: does another program keep it open?")

    def _tell(self, error: StoreError | None) -> None:
        for each in self._waiting:
            if not each.done():
                if error:
                    each.set_exception(error)
                else:
                    each.set_result(None)
        self._waiting.clear()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
