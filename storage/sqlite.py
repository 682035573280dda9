"""The SQLite store: one write connection, a pool of readers, and a lock against a second server."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError
from bot.records import Change, Query
from storage.faults import faults
from storage.files import FileLock, claim, file_of
from storage.presses import OF_VOICES
from storage.queries import answer
from storage.residue import Residue
from storage.sqlite_engine import reading_engine
from storage.sqlite_session import SqliteSession
from storage.times import FileTimes
from storage.writer import GroupWriter

T = TypeVar("T")


class SqliteStore:
    """`bot.ports.Store` on one SQLite file."""

    def __init__(
        self, readers: AsyncEngine, session: SqliteSession, writer: GroupWriter, held: AsyncExitStack
    ) -> None:
        self._readers = readers
        self._session = session
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
            await self._session.fold()
        with faults("the store could not be read"):
            async with self._readers.connect() as connection:
                return cast("T", await connection.run_sync(lambda core: answer(query, core)))

    async def write(self, *changes: Change) -> tuple[bool, ...]:
        """Save changes together, and return once they are on the disk."""
        return await self._writer.accept(changes) if changes else ()

    async def compact(self) -> None:
        """Rewrite the file in the order of its random keys."""
        await self._writer.compact()

    async def settled(self) -> None:
        """Return once no byte of what was erased before is left in the file or its log."""
        await self._writer.settled()

    async def close(self) -> None:
        """Finish what waits, and release the file. Closing twice is no error."""
        self._closed = True
        if self._reading:
            await asyncio.wait(self._reading)
        await self._held.aclose()


async def open_sqlite(url_or_path: str, *, pause: float = 1.0, times: float = 30.0) -> SqliteStore:
    """Open or make the store of sqlite:///relative, sqlite:////absolute or a path, and serve it alone.

    `pause` is how long after an erasure its bytes are wiped, and `times` how often the times of the files are
    set, in seconds. Raises `StoreLocked` where another process serves the file, `Misconfigured` where it is not
    a store of ours, `StoreError` for all else.
    """
    path = file_of(url_or_path)
    async with AsyncExitStack() as held:
        lock = FileLock(path)
        held.callback(lock.release)
        with faults(f"the store {path} cannot be opened"):
            claim(path)
            held.push_async_callback(FileTimes(path, times).close)
            session = SqliteSession(path)
            held.push_async_callback(session.close)
            await session.open()
        readers = reading_engine(path)
        residue = Residue(session.wipe, pause)
        session.folded = residue.note
        writer = GroupWriter(session, residue)
        held.push_async_callback(readers.dispose)
        held.push_async_callback(writer.close)
        return SqliteStore(readers, session, writer, held.pop_all())
