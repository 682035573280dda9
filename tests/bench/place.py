"""The real core on a real store, without its jobs: nothing happens but what is measured."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom

from adapters.sandbox.workplace import Workplace
from bot.clock import SystemClock
from bot.means import Means, open_means
from bot.model import Workspace
from bot.process import settle
from bot.records import OpenWindows, WindowRow
from bot.service import Service
from bot.solidarity import STATEMENT
from storage.sqlite import open_sqlite
from tests.stored import voices_seen_by
from tests.world import ROOT, WORKSPACE, Silent, settings

STAND = "voice.stand"
KEPT = "Kept"
"""The title of the answer to every press that was saved."""


@dataclass(frozen=True)
class Here:
    """One core with its store, the wall, and some statements."""

    file: Path
    means: Means
    service: Service
    wall: WindowRow
    statements: tuple[WindowRow, ...]

    def stored(self) -> int:
        """How many voices are in the file itself."""
        with closing(sqlite3.connect(self.file)) as look:
            voices_seen_by(look)
            [(count,)] = look.execute("SELECT count(*) FROM voices").fetchall()
        return int(count)


@asynccontextmanager
async def place(
    folder: Path, *, statements: int = 0, workspace: Workspace = WORKSPACE
) -> AsyncIterator[Here]:
    folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    store = await open_sqlite(str(folder / "store.db"))
    thresholds = gc.get_threshold()
    try:
        served = settings(folder, workspace={"platform": workspace.platform, "id": workspace.id})
        means = await open_means(served, store, ROOT, clock, SystemRandom())
        service = Service(means, {workspace.platform: Silent(Workplace(clock.now))})
        await service.prepare()
        await store.settled()
        made = [await _statement(service, means, n) for n in range(statements)]
        (wall,) = (row for row in await store.read(OpenWindows()) if row.kind == "wall")
        settle()  # as `metoo run` does before it serves
        yield Here(folder / "store.db", means, service, wall, tuple(made))
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        await store.close()


async def _statement(service: Service, means: Means, n: int) -> WindowRow:
    (workspace,) = means.settings.workspaces
    number = n.to_bytes(16)
    row = await service._solidarity.open(workspace, STATEMENT, number, number, "other")
    assert row is not None
    return row


def crowd(count: int, seed: int = 1) -> list[str]:
    """People's ids as a platform makes them, in no order."""
    random = Random(seed)
    return [f"U{n:07X}{seed:03X}" for n in random.sample(range(count), count)]
