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
        """Return once it is that moment, or the clock was set back: whoever sleeps then has to think again."""
        before = self.now()
        while (left := (when - before).total_seconds()) > 0:
            await asyncio.sleep(min(left, LONGEST))
            now = self.now()
            if now < before:
                return
            before = now
