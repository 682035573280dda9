"""The clock of a serving process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

LONGEST = 60.0
"""Seconds after which a sleeper looks again: a system clock may be set while it sleeps."""


class SystemClock:
    """Real time, in UTC."""

    def now(self) -> datetime:
        """The moment it is."""
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        """Return once it is that moment."""
        while (left := (when - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time is no event
            await asyncio.sleep(min(left, LONGEST))
