"""Letting a report live on: under the key of a later month, without anybody's private half."""

from __future__ import annotations

import asyncio

from bot.ports import Store
from bot.records import ReportById, ReportKeys, Rewrap
from bot.sealing import Sealing


async def live_on(store: Store, sealing: Sealing, known: bytes, month: str) -> None:
    """Let a report live until a later month; no effect for an earlier one, or if somebody else just changed it."""
    report, keys = await store.read(ReportById(known)), await store.read(ReportKeys(known))
    if report is not None and report.expires < month:
        after = await asyncio.to_thread(sealing.rewrap, report, keys, month)
        await store.write(Rewrap(known, month, keys, after))
