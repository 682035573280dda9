from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.sandbox.clock import SandboxClock
from bot import anonymity
from bot.errors import Misconfigured
from bot.means import open_means
from bot.records import AddCount, DropDraft
from bot.upkeep import COMPACT, FIRST_COMPACT
from bot.waking import WakingStore
from storage.sqlite import open_sqlite
from tests.world import MONDAY, ROOT, TUESDAY, World, card, labels, settings, world

CHANNELS = ("hr-desk", "ombuds", "general", "solidarity")


def standing(w: World) -> dict[str, list[tuple[str, str]]]:
    return {
        name: [(each.ref, each.card.title) for each in w.messages(name) if each.card] for name in CHANNELS
    }


async def test_a_restart_posts_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, start=MONDAY - timedelta(hours=1)) as w:
        await w.report("P20", text="delivered")
        await w.pass_time(timedelta(hours=5))
        await w.report("P21", text="waiting")
        before, now = standing(w), w.clock.now()
        assert (len(before["hr-desk"]), len(before["general"]), len(before["solidarity"])) == (1, 1, 1)
    for seed in (2, 3):
        async with world(tmp_path, seed=seed, start=now, before=w) as again:
            await again.settle()
            assert standing(again) == before
    async with world(tmp_path, seed=4, start=now, before=w) as again:
        await again.pass_time(timedelta(hours=5))
        after = standing(again)
        assert len(after["hr-desk"]) == 2
        assert {name: after[name] for name in CHANNELS[1:]} == {name: before[name] for name in CHANNELS[1:]}


async def test_the_keys_of_all_months_that_can_be_needed_exist_before_the_first_report(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        for name in ("months", "months-copy"):
            made = {each.stem for each in (tmp_path / name).glob("*.key")}
            assert made == {*anonymity.expiry_months(TUESDAY), "store"}
        before = {each: each.stat().st_mtime_ns for each in tmp_path.glob("months*/*")}
        for n in range(3):
            await w.report(f"P{20 + n}", text="x")
        assert {each: each.stat().st_mtime_ns for each in tmp_path.glob("months*/*")} == before
        for _ in range(8):
            await w.jump(timedelta(days=7))
            assert set(anonymity.expiry_months(w.clock.now())) <= {
                each.stem for each in (tmp_path / "months").glob("*.key")
            }


async def test_the_file_is_rewritten_soon_after_a_start_and_then_weekly(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        done: list[timedelta] = []
        kept = w.means.store.compact

        async def compact() -> None:
            done.append(w.clock.now() - TUESDAY)
            await kept()

        w.means.store.compact = compact  # type: ignore[method-assign]  # counted, and done
        await w.jump(FIRST_COMPACT - timedelta(minutes=1))
        assert done == []
        await w.pass_time(timedelta(minutes=1))
        assert done == [FIRST_COMPACT]
        for _ in range(14):
            await w.jump(timedelta(days=1))
        assert done == [FIRST_COMPACT + n * COMPACT for n in range(3)]


async def test_every_job_has_a_name_of_its_own_and_all_flows_answer(w: World) -> None:
    names = [job.name for job in w.service.jobs]
    assert len(set(names)) == len(names)
    assert {"delivery", "digest", "compact", "months", "drafts"} <= set(names)
    menu = card(await w.act("P20", "menu"))
    for label in labels(menu):
        shown = await w.press("P20", menu, label)
        assert shown.title


async def test_only_what_is_to_be_posted_wakes_the_delivery(w: World) -> None:
    store = WakingStore(w.store)
    await store.write(DropDraft(bytes(16)), AddCount("x:y", "wall", "2026-W48", 1))
    assert not store.waiting.is_set()


async def test_a_store_that_two_processes_made_keys_for_is_refused(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "store.db"))

    class Late:
        """Somebody else's keys come between our look and our write."""

        read = store.read
        compact = store.compact
        close = store.close

        async def write(self, *changes: Any) -> tuple[bool, ...]:
            await store.write(*changes)
            return await store.write(*changes)

    try:
        with pytest.raises(Misconfigured, match="made keys for this store at the same moment"):
            await open_means(
                settings(tmp_path), Late(), ROOT, SandboxClock(TUESDAY, flowing=False), Random(1)
            )
    finally:
        await store.close()
