"""The practice workplace opens with a past that the real core lived through."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from functools import partial
from pathlib import Path

from adapters.sandbox.program import PAST, Practice
from adapters.sandbox.workplace import Message, Preparing
from bot.means import open_means
from bot.model import Row
from bot.service import Service
from storage.inspection import dump
from storage.sqlite import open_sqlite


async def test_eight_weeks_have_digests_voices_reports_and_a_statement(tmp_path: Path) -> None:
    practice = Practice(tmp_path, 0, kept=False, rows=partial(dump, tmp_path / "metoo.db"))
    began = practice.clock.now()
    store = await open_sqlite(practice.settings.storage.url)
    means = await open_means(practice.settings, store, b"k" * 32, practice.clock, random.Random(7))
    service = Service(means, {"sandbox": practice.connection})
    await service.prepare()
    await service.setup.adopt(practice.workspace, practice.chosen)
    jobs = asyncio.create_task(service.serve())
    preparing = [practice.connection.workplace.preparing]
    await practice.live_through(service.core.handle)
    preparing.append(practice.connection.workplace.preparing)
    jobs.cancel()
    await asyncio.gather(jobs, return_exceptions=True)
    await store.close()

    assert preparing == [Preparing(1, 8), None]
    assert timedelta(0) <= practice.clock.now() - began - PAST < timedelta(minutes=5)
    channels = practice.connection.workplace.channels
    assert len(_titled(channels["general"].messages, "Digest for week")) == 8
    assert len(_titled(channels["hr-desk"].messages, "A report arrived")) == 3
    assert len(_titled(channels["solidarity"].messages, "Someone spoke up")) >= 1
    latest = _titled(channels["general"].messages, "Digest for week")[-1].card
    assert latest is not None
    bands = [block.value for block in latest.body if isinstance(block, Row)]
    assert "fewer than five or none" not in bands


def _titled(messages: list[Message], title: str) -> list[Message]:
    return [each for each in messages if each.card and each.card.title.startswith(title)]
