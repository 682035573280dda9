"""Voices on PostgreSQL, a real one that syncs, beside plain rows in group commit on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from bot.records import CastVoice, OpenWindow
from storage.postgres import PostgresStore, open_postgres
from tests.bench.measure import Figure, Lap, Press, about, costs, lap, pairs, rates
from tests.bench.place import crowd
from tests.bench.plain import plain
from tests.bench.surge import slices
from tests.postgres import serving
from tests.storage import rows

IN_FLIGHT = 256
CONNECTIONS = 4


def _through(store: PostgresStore, window: bytes) -> Press:
    async def press(person: str) -> None:
        mark = blake2b(person.encode(), digest_size=16).digest()
        assert await store.write(CastVoice(window, mark, stands=True)) == (True,)

    return press


async def run(folder: Path, *, people: int = 20_000, size: int = 2000) -> list[Figure]:
    """On one connection, and on four."""
    server = serving()
    started = await asyncio.to_thread(server.__enter__)
    try:
        folder.mkdir(exist_ok=True)
        return [
            await _beside(folder, started.url(), crowd(people, 0), size=size, counters=0, target="≥ 1.2"),
            await _beside(
                folder, started.url(), crowd(people, 1), size=size, counters=CONNECTIONS, target="≥ 2.0"
            ),
        ]
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def _beside(
    folder: Path, url: str, people: Sequence[str], *, size: int, counters: int, target: str
) -> Figure:
    ours, theirs = list[Lap](), list[Lap]()
    store, window = await open_postgres(url, counters=counters), rows.wall(f"slack:T{counters}")
    await store.write(OpenWindow(window))
    try:
        async with plain(folder / f"plain{counters}.db") as others:
            for some in slices(people, size):
                ours.append(await lap(_through(store, window.id), some, IN_FLIGHT))
                theirs.append(await lap(others.together, some, IN_FLIGHT))
    finally:
        await store.close()
    return Figure(
        f"voices on PostgreSQL, {max(counters, 1)} connection(s), {IN_FLIGHT} in flight ÷ plain rows in SQLite",
        pairs(rates(ours), rates(theirs)),
        target,
        {
            "by processor": round(1 / pairs(costs(ours), costs(theirs)), 2),
            **about(ours, "ours"),
            **about(theirs, "plain"),
        },
    )
