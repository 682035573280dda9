"""The SQLite store: one write connection, a pool of readers, and a lock against a second server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from operator import attrgetter
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError
from bot.months import erase_file
from bot.records import CastVoice, Change, Query
from storage.changes import apply, casting
from storage.faults import faults
from storage.files import FileLock, claim, file_of
from storage.queries import answer
from storage.residue import Residue
from storage.schema import head, lacks_revisions, migrate, must_be_sound
from storage.sqlite_engine import BUSY_TIMEOUT, reading_engine, writing_engine
from storage.times import FileTimes
from storage.writer import GroupWriter, Took

T = TypeVar("T")

_WIPING_PATIENCE = 100
"""Milliseconds for which a wipe may hold up presses while a reader is in its way."""


class SqliteSession:
    """The write connection: voices and transactions go to the driver, all else through SQLAlchemy Core."""

    def __init__(self, core: AsyncConnection, driver: aiosqlite.Connection) -> None:
        self._core = core
        self._driver = driver
        voice = casting(core.dialect.name).compile(dialect=core.dialect)
        self._voice = str(voice)
        self._parameters = attrgetter(*voice.positiontup)

    async def begin(self) -> None:
        """Take the right to write at once, not at the first change."""
        await self._driver.execute_fetchall("BEGIN IMMEDIATE")

    async def apply(self, changes: Sequence[Change]) -> Took:
        """Make changes one after the other."""

        def each(connection: Connection) -> Took:
            return tuple(apply(change, connection) for change in changes)

        return await self._core.run_sync(each)

    async def cast(self, voices: Sequence[CastVoice]) -> Took:
        """All voices in one call of the driver; they take effect where their window is open.

        They are sorted because neighbours share pages; sorting leaves the voices of one token in their order.
        """
        ordered = sorted(voices, key=attrgetter("window", "token"))
        done = await self._driver.executemany(self._voice, map(self._parameters, ordered))
        if done.rowcount == len(voices):  # every one found its window open, and a row
            return (True,) * len(voices)
        found = await self._open({each.window for each in voices})
        return tuple(each.window in found for each in voices)

    async def _open(self, windows: set[bytes]) -> set[bytes]:
        marks = ", ".join("?" * len(windows))
        asked = f"SELECT id FROM windows WHERE length(secret) > 0 AND id IN ({marks})"  # noqa: S608 - question marks
        return {row[0] for row in await self._driver.execute_fetchall(asked, tuple(windows))}

    async def commit(self) -> None:
        """Return once SQLite has synced the log (`synchronous=FULL`)."""
        await self._driver.commit()

    async def rollback(self) -> None:
        """Leave the transaction, which SQLite may have left by itself."""
        await self._driver.rollback()

    async def compact(self) -> None:
        """VACUUM."""
        await self._driver.execute_fetchall("VACUUM")

    async def wipe(self) -> bool:
        """Copy the log into the file, where erased bytes are zeros, and empty it.

        An open reader makes SQLite answer busy without an error; then the log still has what was erased.
        """
        with faults("the log of the store was not emptied"):
            try:
                await self._driver.execute_fetchall(f"PRAGMA busy_timeout = {_WIPING_PATIENCE}")
                [(busy, *_)] = await self._driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await self._driver.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        return bool(busy == 0)


class SqliteStore:
    """`bot.ports.Store` on one SQLite file."""

    def __init__(self, readers: AsyncEngine, writer: GroupWriter, held: AsyncExitStack) -> None:
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
            session = await _session(path, held)
        readers = reading_engine(path)
        writer = GroupWriter(session, Residue(session.wipe, pause))
        held.push_async_callback(readers.dispose)
        held.push_async_callback(writer.close)
        return SqliteStore(readers, writer, held.pop_all())


async def _session(path: Path, held: AsyncExitStack) -> SqliteSession:
    engine = writing_engine(path)
    held.push_async_callback(engine.dispose)
    core = await held.enter_async_context(engine.connect())
    driver = cast("aiosqlite.Connection", (await core.get_raw_connection()).driver_connection)
    session = SqliteSession(core, driver)
    await _upgrade(session, core, driver, path)
    return session


async def _upgrade(
    session: SqliteSession, core: AsyncConnection, driver: aiosqlite.Connection, path: Path
) -> None:
    """Bring a store to this program's revision, after a copy that lasts until that has succeeded."""
    older = await core.run_sync(lacks_revisions)
    if older:
        await _copy(driver, path)
    failed = (
        "could not be upgraded and is as it was; a copy of it lies beside it" if older else "cannot be opened"
    )
    with faults(f"the store {path} {failed}"):
        await session.begin()
        await core.run_sync(migrate, str(path))
        if older:
            await core.run_sync(must_be_sound, str(path))
        await session.commit()
    for copy in path.parent.glob(
        f"{path.name}-before-*"
    ):  # it must bring nothing back that is erased from now on
        erase_file(copy)


async def _copy(driver: aiosqlite.Connection, path: Path) -> None:
    copy = path.with_name(f"{path.name}-before-{head()}")
    erase_file(copy)  # of a start that failed
    with faults(f"the store {path} could not be copied before its upgrade, so nothing was changed"):
        try:
            copy.touch(mode=0o600)
            await driver.execute_fetchall("VACUUM INTO ?", (str(copy),))
        except BaseException:
            erase_file(copy)
            raise
