"""A store that says when something was written that waits to be posted."""

from __future__ import annotations

import asyncio

from bot.ports import Store
from bot.records import (
    AddMessage,
    AddOutbox,
    Change,
    DecideDigest,
    EndReport,
    FileReport,
    PutChosen,
    RouteReport,
    Withdraw,
)

WAKING = AddOutbox | FileReport | DecideDigest | AddMessage | RouteReport | Withdraw | PutChosen | EndReport
"""Changes that may bring something to post."""


class WakingStore:
    """A store that wakes the delivery when something was written for it."""

    def __init__(self, store: Store) -> None:
        self.read = store.read
        self.compact = store.compact
        self.close = store.close
        self._write = store.write
        self.waiting = asyncio.Event()

    async def write(self, *changes: Change) -> tuple[bool, ...]:
        """Save, and say so where there is something to deliver."""
        took = await self._write(*changes)
        if any(isinstance(change, WAKING) for change in changes):
            self.waiting.set()
        return took
