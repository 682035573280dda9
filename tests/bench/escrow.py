"""Holding a report, and opening a match of k, beside few and beside many that are held."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.records import Desks, MarkMatched
from tests.bench.measure import Figure, pairs
from tests.bot.letterbox import HANDLER
from tests.world import TUESDAY, WORKSPACE, World, card, world

SIZES = (1000, 100_000)
KS = (3, 10)
ROUNDS = 3
"""As many reports as one person may send in a day."""

HOLD = "Hold until others name the same person"

_COLUMNS = {
    "reports": {"id": "fresh", "locator": "randomblob(32)", "body": "x'00'"},
    "held": {"report": "fresh", "tag": "randomblob(32)", "mark": "randomblob(32)"},
    "shares": {"report": "fresh"},
}
"""What differs in those that are made of one."""


def _fill(file: Path, count: int) -> None:
    """Make so many more of what is held, each about somebody else; short, as nobody opens them."""
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        [(one,)] = database.execute("SELECT report FROM held").fetchall()
        database.execute(
            "CREATE TEMP TABLE more AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT randomblob(16) AS fresh FROM n",
            (count,),
        )
        for table, others in _COLUMNS.items():
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            given = ", ".join(others.get(each, f"{table}.{each}") for each in names)
            database.execute(
                f"INSERT INTO {table} SELECT {given} FROM more, {table} WHERE {table}.{names[0]} = ?",  # noqa: S608 - names of ours
                (one,),
            )


async def _hold(w: World, user: str, named: str) -> float:
    before = card(await w.press(user, await w.write(user, text="It happened.", named=named), HOLD))
    began = perf_counter()
    shown = card(await w.press(user, before, "Hold it"))
    taken = perf_counter() - began
    assert shown.body, shown.title
    return taken


async def _open(w: World) -> float:
    """Open the newest match, once its desk has it."""
    (match,) = (row[0] for row in w.sql("SELECT id FROM matches WHERE desk IS NULL"))
    (desk, *_) = await w.store.read(Desks(str(WORKSPACE)))
    assert await w.store.write(MarkMatched(match, desk.id)) == (True,)
    began = perf_counter()
    shown = card(await w.act(HANDLER, "match.open", match.hex()))
    taken = perf_counter() - began
    assert shown.choices, shown.title
    return taken


async def run(folder: Path, *, sizes: tuple[int, int] = SIZES, rounds: int = ROUNDS) -> list[Figure]:
    """All of it, the two sizes in turns."""
    found: list[Figure] = []
    for k in KS:
        holding: dict[int, list[float]] = {each: [] for each in sizes}
        opening: dict[int, list[float]] = {each: [] for each in sizes}
        async with AsyncExitStack() as held:
            worlds: dict[int, World] = {}
            for size in sizes:
                below = folder / f"{k} of {size}"
                below.mkdir(parents=True)
                built = world(below, start=TUESDAY, workspace={"escrow": k})
                worlds[size] = await held.enter_async_context(built)
                await _hold(worlds[size], "P20", "P60")
                _fill(worlds[size].file, size)
            for turn in range(rounds):
                for size, w in worlds.items():
                    holding[size] += [await _hold(w, f"P{n}", f"P{50 + turn}") for n in range(1, k + 1)]
                    opening[size].append(await _open(w))
            for w in worlds.values():
                assert w.sql("SELECT count(*) FROM reports WHERE stage = 'sent'") == [(k * rounds,)]
        for what, taken in (("a held submission", holding), ("opening a match", opening)):
            ratio = pairs(taken[sizes[1]], taken[sizes[0]])
            beside = {f"ms at {each:,}": round(median(taken[each]) * 1e3, 1) for each in sizes}
            name = f"time of {what}, k = {k}, at {sizes[1]:,} held ÷ at {sizes[0]:,}"
            found.append(Figure(name, ratio, beside=beside))
    return found
