"""Letting a report live on: under the key of a later month, without anybody's private half."""

from __future__ import annotations

import asyncio

from bot.ports import Store
from bot.records import ReportById, ReportKeyRow, ReportKeys, Rewrap, ShareRow, SharesOf
from bot.sealing import Sealing


async def live_on(store: Store, sealing: Sealing, known: bytes, month: str) -> None:
    """Let a report live until a later month; no effect for an earlier one, or if somebody else just changed it."""
    report = await store.read(ReportById(known))
    if report is not None and report.expires < month:
        keys, shares = await store.read(ReportKeys(known)), await store.read(SharesOf(known))
        before: tuple[ReportKeyRow | ShareRow, ...] = (*keys, *shares)
        after = await asyncio.to_thread(sealing.rewrap, report, before, month)
        await store.write(Rewrap(known, month, before, after))
