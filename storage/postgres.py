"""The PostgreSQL store: sessions that write, a pool of readers, and other processes beside us."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.records import CastVoice, Change, Query
from storage import presses
from storage.faults import faults
from storage.postgres_address import address, shown
from storage.postgres_engine import reading_engine, writing_engine
from storage.postgres_neighbours import PostgresNeighbours
from storage.postgres_presses import FOLD
from storage.postgres_schema import prepare
from storage.postgres_session import PATIENCE, PostgresSession
from storage.presses import OF_VOICES
from storage.queries import answer
from storage.residue import Residue
from storage.writer import GroupWriter

T = TypeVar("T")


class PostgresStore:
    """`bot.ports.Store` on one PostgreSQL database, which other processes may serve at the same time."""

    def __init__(
        self,
        readers: AsyncEngine,
        writer: GroupWriter,
        counters: list[GroupWriter],
        neighbours: PostgresNeighbours,
        held: AsyncExitStack,
    ) -> None:
        self.neighbours = neighbours
        self._readers = readers
        self._writer = writer
        self._counters = counters
        self._held = held
        self._reading: set[asyncio.Task[object]] = set()
        self._pressed = 0
        self._closed = False

    async def read(self, query: Query[T]) -> T:
        """Answer one question. A reader runs to its end even if nobody waits, so that none stays open."""
        if self._closed:
            raise StoreError("the store is closed")
        task = asyncio.create_task(self._read(query))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        return await asyncio.shield(task)

    async def _read(self, query: Query[T]) -> T:
        if isinstance(query, OF_VOICES):
            await self._writer.accept((FOLD,))
        with faults("the store could not be read"):
            async with self._readers.connect() as connection:
                return cast("T", await connection.run_sync(lambda core: answer(query, core)))

    async def write(self, *changes: Change) -> tuple[bool, ...]:
        """Save changes together, and return once they are on the disk."""
        if not changes:
            return ()
        first = changes[0]
        if type(first) is not CastVoice or len(changes) > 1:
            return await self._writer.accept(changes)
        self._pressed += 1
        if self._pressed > presses.MOST:
            self._fold()
        if self._counters and isinstance(first.token, bytes):
            # What one person presses is counted in its order.
            return await self._counters[hash(first.token) % len(self._counters)].accept(changes)
        return await self._writer.accept(changes)

    def _fold(self) -> None:
        """Let the journal be worked off in between. Where that fails, a later time does it."""
        self._pressed = 0
        self._writer.accept((FOLD,)).add_done_callback(lambda done: done.cancelled() or done.exception())

    async def compact(self) -> None:
        """Write every table anew in the order of its random keys."""
        await self._writer.compact()

    async def settled(self) -> None:
        """Return once no client can see anything of what was erased before."""
        await self._writer.settled()

    async def close(self) -> None:
        """Finish what waits, and disconnect. Closing twice is no error."""
        self._closed = True
        if self._reading:
            await asyncio.wait(self._reading)
        await self._held.aclose()


async def open_postgres(
    url: str,
    password: str = "",
    *,
    pause: float = 5.0,
    counters: int = 0,
    patience: float = PATIENCE,
) -> PostgresStore:
    """Connect to a database, and make or upgrade the tables in it.

    `pause` is how long after an erasure it is vacuumed, and `patience` how long callers wait for a database that went
    away, in seconds; on so many `counters` voices are counted side by side, and not in turn with all else. Raises
    `Misconfigured` where there are tables of another program, `StoreError` for all else.
    """
    where = address(url, password)
    async with AsyncExitStack() as held:
        writing = writing_engine(where)
        held.push_async_callback(writing.dispose)
        with faults(f"the store {shown(url)} cannot be opened"):
            await prepare(writing, shown(url))
        readers = reading_engine(where)
        held.push_async_callback(readers.dispose)
        session = _session(writing, patience, held)
        residue = Residue(session.wipe, pause)
        session.folded = residue.note
        writer = GroupWriter(session, residue)
        held.push_async_callback(writer.close)
        await writer.accept((FOLD,))
        made = _counters(writing, counters, patience, held)
        neighbours = PostgresNeighbours(writing)
        held.push_async_callback(neighbours.close)
        return PostgresStore(readers, writer, made, neighbours, held.pop_all())


def _counters(writing: AsyncEngine, number: int, patience: float, held: AsyncExitStack) -> list[GroupWriter]:
    """Writers of voices alone, which erase nothing."""
    made = []
    for _ in range(number):
        writer = GroupWriter(_session(writing, patience, held), Residue(_nothing, 1.0))
        held.push_async_callback(writer.close)
        made.append(writer)
    return made


def _session(writing: AsyncEngine, patience: float, held: AsyncExitStack) -> PostgresSession:
    session = PostgresSession(writing, patience)
    held.push_async_callback(session.close)
    return session


async def _nothing() -> bool:
    return True
