"""What a store needs by itself from time to time: keys of months before they are needed, and a file written anew."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot import anonymity
from bot.means import Means

COMPACT = timedelta(days=7)
FIRST_COMPACT = timedelta(hours=1)
"""How often the file is rewritten (pages fill in the order of writing), and how soon after a start."""


class Upkeep:
    """Two jobs that nobody waits for."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._started: datetime | None = None

    async def make_months(self) -> datetime:
        """Make the keys of months before they are needed: a file made at a report would tell its time."""
        now = self._means.clock.now()
        for month in anonymity.expiry_months(now):
            await asyncio.to_thread(self._means.months.key, month)
        return now + timedelta(days=7)

    async def compact(self) -> datetime:
        """Write the file anew, but not at once after a start."""
        now = self._means.clock.now()
        if self._started is None:
            self._started = now
            return now + FIRST_COMPACT
        await self._means.store.compact()
        return now + COMPACT
