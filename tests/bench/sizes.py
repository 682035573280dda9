"""What a press, a report and a digest cost beside much that is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from bot import records as r
from bot.ports import Store
from storage.sqlite import open_sqlite
from tests.bench.measure import Figure, Lap, Press, about, lap, pairs, rates, resident
from tests.bench.place import crowd
from tests.storage import rows

ROUNDS = 9
WEEK = "2026-W48"


async def _filled(file: Path, voices: int) -> tuple[Store, r.WindowRow]:
    """A store whose window has so many voices, counted in a weekly counter as `MoveCount` would."""
    store, window = await open_sqlite(str(file)), rows.wall()
    await store.write(r.OpenWindow(window))
    await store.close()
    random = Random(voices)
    tokens = sorted(random.randbytes(16) for _ in range(voices))
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(
            "INSERT INTO voices (window, token, value, shown, moved) VALUES (?, ?, 1, 1, 1)",
            ((window.id, token) for token in tokens),
        )
    store = await open_sqlite(str(file))
    await store.write(r.AddCount(rows.HERE, "wall", WEEK, voices))
    await store.settled()
    return store, window


def _voice(store: Store, window: r.WindowRow) -> Press:
    async def press(_: str) -> None:
        assert await store.write(r.CastVoice(window.id, rows.new_id(), stands=True)) == (True,)

    return press


async def _report(store: Store, reports: int) -> float:
    began = perf_counter()
    for _ in range(reports):
        assert await store.write(rows.filing(rows.report(body=b"x" * 4096))) == (True,)
    return reports / (perf_counter() - began)


async def _digest(store: Store, times: int) -> float:
    began = perf_counter()
    for _ in range(times):
        assert (await store.read(r.Counted(rows.HERE, "wall", "2026-W01")))[WEEK] > 0
    return times / (perf_counter() - began)


async def run(
    folder: Path, sizes: Sequence[int] = (100, 1000, 61_000, 100_000, 1_000_000), press: int = 256
) -> list[Figure]:
    """All of it, each size in its turn."""
    voices: dict[int, list[Lap]] = {each: [] for each in sizes}
    filed: dict[int, list[float]] = {each: [] for each in sizes}
    digests: dict[int, list[float]] = {each: [] for each in sizes}
    memory: dict[int, float] = {}
    async with AsyncExitStack() as held:
        stores: dict[int, tuple[Store, r.WindowRow]] = {}
        for each in sizes:
            before = resident()
            stores[each] = await _filled(folder / f"{each}.db", each)
            held.push_async_callback(stores[each][0].close)
            memory[each] = resident() - before
        for _ in range(ROUNDS):
            for each, (store, window) in stores.items():
                voices[each].append(await lap(_voice(store, window), crowd(press), min(64, press)))
                filed[each].append(await _report(store, 10))
                digests[each].append(await _digest(store, 20))
    least, small, many, more, most = sizes
    return [
        Figure(
            f"press on a post with {many:,} voices ÷ with {least:,}",
            pairs(rates(voices[many]), rates(voices[least])),
            "≥ 0.9",
            about(voices[many], f"{many:,}"),
        ),
        Figure(
            f"time of a voice at {most:,} stored rows ÷ at {small:,}",
            pairs(rates(voices[small]), rates(voices[most])),
            "≤ 1.15",
            about(voices[most], f"{most:,}") | about(voices[small], f"{small:,}"),
        ),
        Figure(
            f"time of a report at {most:,} stored rows ÷ at {small:,}",
            pairs(filed[small], filed[most]),
            beside={f"ms at {each:,}": round(1e3 / median(filed[each]), 2) for each in sizes},
        ),
        Figure(
            f"time of a digest's numbers at {most:,} voices ÷ at {more:,}",
            pairs(digests[more], digests[most]),
            "≤ 1.1",
            {f"ms at {each:,}": round(1e3 / median(digests[each]), 2) for each in sizes},
        ),
    ]
