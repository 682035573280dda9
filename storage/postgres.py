"""The PostgreSQL store: sessions that write, a pool of readers, and other processes beside us."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.records import Change, Query
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
        neighbours: PostgresNeighbours,
        held: AsyncExitStack,
    ) -> None:
        self.neighbours = neighbours
        self._readers = readers
        self._writer = writer
        self._held = held
        self._reading: set[asyncio.Task[object]] = set()
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
        """Save changes together, and return once they are in PostgreSQL's log."""
        return await self._writer.accept(changes) if changes else ()

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
    patience: float = PATIENCE,
) -> PostgresStore:
    """Connect to a database, and make or upgrade the tables in it.

    `pause` is how long after an erasure it is vacuumed, and `patience` how long callers wait for a database that went
    away, in seconds. Raises `Misconfigured` where there are tables of another program, `StoreError` for all else.
    """
    where = address(url, password)
    async with AsyncExitStack() as held:
        writing = writing_engine(where)
        held.push_async_callback(writing.dispose)
        with faults(f"the store {shown(url)} cannot be opened"):
            await prepare(writing, shown(url))
        readers = reading_engine(where)
        held.push_async_callback(readers.dispose)
        session = PostgresSession(writing, patience)
        held.push_async_callback(session.close)
        residue = Residue(session.wipe, pause)
        session.folded = residue.note
        writer = GroupWriter(session, residue)
        held.push_async_callback(writer.close)
        await writer.accept((FOLD,))
        neighbours = PostgresNeighbours(writing)
        held.push_async_callback(neighbours.close)
        return PostgresStore(readers, writer, neighbours, held.pop_all())
