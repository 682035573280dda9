"""Whatever moment a change of keys is killed at, everything opens afterwards, and doing it again goes on."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit import Audit
from bot.case import Cases
from bot.envelope import VERSION, key_id
from bot.keypair import KeyPair
from bot.keys import RENEWED, Purpose
from bot.means import Means, open_means
from bot.records import (
    AuditOf,
    CaseOf,
    ColumnsUnder,
    Desks,
    MessagesOf,
    OpenWindows,
    ReportKeys,
    ReportsAtDesks,
)
from bot.sealing import Sealing
from bot.vault import Vault
from bot.window_keys import SEALED
from storage.sqlite import open_sqlite
from tests.kill.outside import Later, settings
from tests.world import ROOT, TUESDAY, WORKSPACE, card, world

HERE = str(WORKSPACE)
MOST_KILLS = 60
STAGES = {
    "rotate": (
        "AddKey before",
        "AddKey after",
        "_write before",
        "_write after",
        "Reseal before",
        "Reseal after",
    ),
    "retire": (
        "_write after",
        "DropKey before",
        "DropKey after",
        "DropKey after:1",
        "_erase before",
        "_erase after",
    ),
}
"""What each change of keys does, in this order: keys, files of the months, values; and the end of the old ones."""


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Means]:
    store = await open_sqlite(str(folder / "store.db"))
    try:
        yield await open_means(settings(folder), store, ROOT, Later(timedelta()), random.Random(1))
    finally:
        await store.close()


async def everything_opens(means: Means) -> int:
    """Open all that is stored, and count it."""
    store, vault = means.store, Vault(means.keyring, means.random)
    sealing, cases = Sealing(vault, means.keyring, means.months, means.random), Cases(vault)
    desks = {desk.id: desk for desk in await store.read(Desks(HERE))}
    count = 0
    for report in await store.read(ReportsAtDesks(HERE)):
        desk = desks[report.desk or b""]
        keys = await store.read(ReportKeys(report.id))
        key = sealing.key_for_desk(report, keys, desk, KeyPair(sealing.private_of(desk)))
        assert sealing.account(report, key).text.startswith("What happened")
        assert "touch" in sealing.route(report).category
        for message in await store.read(MessagesOf(report.id)):
            sealing.message(report, key, message)
        assert cases.open(HERE, await store.read(CaseOf(report.id))).assigned == "P1"
        count += 1
    (column,) = (each for each in SEALED if each.column == "secret")
    for window in await store.read(OpenWindows()):
        vault.unseal_secret(column.slot(window, window.workspace), window.secret)
        count += 1
    log = await store.read(AuditOf(HERE))
    assert Audit(vault, means.random).verify(log) == ""
    return count + len(log)


async def change(folder: Path, what: str, last: str) -> int:
    """Let another process change keys until a step (see `tests.kill.rotating.Steps`); how it ended."""
    root = Path(__file__).parents[1]
    command = (sys.executable, "-m", "tests.kill.rotating", str(folder), what, last)
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.DEVNULL)
    return await asyncio.wait_for(process.wait(), 60)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A store with three reports, their cases, an audit log and a wall."""
    async with world(tmp_path, start=TUESDAY) as w:
        for n in (20, 21, 22):
            await w.report(f"P{n}", text=f"What happened to {n}.", category="touch")
        await w.pass_time(timedelta(hours=5))
        for posted in [each for each in w.posts("hr-desk") if each.title == "A report arrived"]:
            reading = await w.read("P1", posted)
            work = card(await w.press("P1", reading, "Work on this case"))
            await w.press("P1", work, "I work on it")
    return tmp_path


async def test_a_change_of_keys_can_be_killed_at_any_step_and_goes_on(folder: Path) -> None:
    async with opened(folder) as means:
        before, ids = await everything_opens(means), {p: means.keyring.id(p) for p in Purpose}
        months = {month: means.months.key(month) for month in means.months.there()}
    for what in ("rotate", "retire"):
        step, kills = 0, 0
        while (ended := await change(folder, what, f":{step}")) != 0:
            assert ended == -signal.SIGKILL
            async with opened(folder) as means:
                assert await everything_opens(means) == before
            kills, step = kills + 1, step * 2 + 1  # sooner and later moments, in few processes
            assert kills < MOST_KILLS
        assert kills >= 3, what
    async with opened(folder) as means:
        assert await everything_opens(means) == before
        assert {p for p in Purpose if means.keyring.id(p) != ids[p]} == set(RENEWED)
        assert means.keyring.retired() == ()
        for month, key in months.items():
            assert means.months.key(month) != key
            assert means.months.older(month) == ()
            assert await means.store.read(ColumnsUnder(VERSION + key_id(key))) == ()


async def test_a_change_of_keys_can_be_killed_in_each_of_its_stages(folder: Path) -> None:
    async with opened(folder) as means:
        before = await everything_opens(means)
    for what, stages in STAGES.items():
        for stage in stages:
            at = stage if ":" in stage else f"{stage}:0"
            assert await change(folder, what, at) == -signal.SIGKILL, (what, stage)
            async with opened(folder) as means:
                assert await everything_opens(means) == before
        assert await change(folder, what, f":{10**6}") == 0
    async with opened(folder) as means:
        assert await everything_opens(means) == before
        assert means.keyring.retired() == ()
