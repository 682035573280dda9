"""Voices on PostgreSQL, a real one that syncs: one connection and four beside plain rows in SQLite, three beside one.

Each process has one connection for what it writes.
"""

from __future__ import annotations

import asyncio
import gc
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bot.process import settle
from bot.records import OpenWindow, Ungraded
from storage.postgres import PostgresStore, open_postgres
from tests.bench.beside import IN_FLIGHT, processes, through, together
from tests.bench.measure import Figure, Lap, about, costs, lap, pairs, rates
from tests.bench.place import crowd
from tests.bench.plain import plain
from tests.bench.surge import slices
from tests.postgres import Server, serving
from tests.storage import rows

CONNECTIONS = 4
PROCESSES = 3
ROUNDS = 5


async def run(folder: Path, *, people: int = 20_000, size: int = 2000) -> list[Figure]:
    """On one connection, from three processes, and from four."""
    server, thresholds = serving(), gc.get_threshold()
    started = await asyncio.to_thread(server.__enter__)
    try:
        folder.mkdir(exist_ok=True)
        settle()  # as `metoo run` does before it serves
        return [
            await _beside(folder, started.url(), crowd(people, 0), size),
            *await _processes(folder, started, people),
        ]
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        await asyncio.to_thread(server.__exit__, None, None, None)


async def _beside(folder: Path, url: str, people: Sequence[str], size: int) -> Figure:
    ours, theirs = list[Lap](), list[Lap]()
    store, window = await open_postgres(url), rows.wall("slack:T1")
    await store.write(OpenWindow(window))
    try:
        async with plain(folder / "plain1.db") as others:
            for some in slices(people, size):
                ours.append(await lap(through(store, window.id), some, IN_FLIGHT))
                theirs.append(await lap(others.together, some, IN_FLIGHT))
        began = time.perf_counter()
        await store.read(Ungraded(window.id))
        later = time.perf_counter() - began
    finally:
        await store.close()
    return Figure(
        f"voices on PostgreSQL, 1 connection, {IN_FLIGHT} in flight ÷ plain rows in SQLite",
        pairs(rates(ours), rates(theirs)),
        "≥ 1.2",
        {
            "by processor": round(1 / pairs(costs(ours), costs(theirs)), 2),
            "put in its place later: µs a voice": round(later / len(people) * 1e6, 1),
            **about(ours, "ours"),
            **about(theirs, "plain"),
        },
    )


async def _processes(folder: Path, server: Server, people: int) -> list[Figure]:
    """Pressing alone, and with the journal worked off after each lap: as many presses on both sides."""
    window, one, three = rows.wall("slack:T9"), list[_Both](), list[_Both]()
    four, others = list[_Both](), list[Lap]()
    store = await open_postgres(server.url())
    try:
        await store.write(OpenWindow(window))
        async with (
            processes(CONNECTIONS, server.url(), window.id) as born,
            plain(folder / "plain4.db") as theirs,
        ):
            for turn in range(ROUNDS):
                one.append(await _both(store, window.id, born[:1], people))
                three.append(await _both(store, window.id, born[:PROCESSES], people))
                four.append(await _both(store, window.id, born, people))
                others.append(await lap(theirs.together, crowd(people, turn), IN_FLIGHT))
        pressed = sum(each.pressing.presses for each in (*one, *three, *four))
        counted = f"SELECT count(*) FROM voices WHERE value = 1 AND \"window\" = '\\x{window.id.hex()}'"  # noqa: S608 - ours
        assert await asyncio.to_thread(server.ask, counted) == [(pressed,)], (
            "a press was lost or counted twice"
        )
    finally:
        await store.close()
    name = f"voices from {PROCESSES} processes on one PostgreSQL ÷ from one, {IN_FLIGHT} in flight in each"
    pressing = {"one": _laps(one), "three": _laps(three), "four": _laps(four), "plain": others}
    return [
        _scaling(name, pressing, "three", "one", "≥ 1.5"),
        _scaling(
            f"{name}, put in their places too",
            {"one": [each.all for each in one], "three": [each.all for each in three]},
            "three",
            "one",
        ),
        _scaling(
            f"voices on PostgreSQL, {CONNECTIONS} connections, one a process, {IN_FLIGHT} in flight in each"
            " ÷ plain rows in SQLite",
            pressing,
            "four",
            "plain",
            "≥ 2.0",
        ),
    ]


def _laps(both: Sequence[_Both]) -> list[Lap]:
    return [each.pressing for each in both]


@dataclass(frozen=True)
class _Both:
    """One lap: only its pressing, and all of it."""

    pressing: Lap
    all: Lap


async def _both(store: PostgresStore, window: bytes, some: Sequence[Process], people: int) -> _Both:
    pressing = await together(some, people)
    began = time.perf_counter()
    await store.read(Ungraded(window))
    later = time.perf_counter() - began
    return _Both(pressing, replace(pressing, seconds=pressing.seconds + later))


def _scaling(
    name: str, laps: Mapping[str, Sequence[Lap]], these: str, beside: str, target: str = ""
) -> Figure:
    said = {f"{each}: a second": round(median(rates(laps[each]))) for each in (these, beside)}
    return Figure(name, pairs(rates(laps[these]), rates(laps[beside])), target, said)
