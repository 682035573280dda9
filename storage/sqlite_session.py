"""The write connection of an SQLite store, in a thread of its own: each transaction is one visit there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from secrets import randbits
from typing import TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.records import CastVoice
from storage.changes import apply
from storage.faults import faults
from storage.packed import count
from storage.session import BadCall, Changes, Took, in_turn
from storage.sqlite_engine import BUSY_TIMEOUT, writing_engine
from storage.sqlite_upgrade import upgrade

T = TypeVar("T")

_WIPING_PATIENCE = 100
"""Milliseconds for which a wipe may hold up presses while a reader is in its way."""


class SqliteSession:
    """Implements `storage.session.Session`: voices go to the driver, all else through SQLAlchemy Core.

    The thread makes the connection and is the only one that uses it. While it writes and syncs, the loop serves
    people; a batch costs one handing over and not one for each statement.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "store writer")
        self._engine = writing_engine(path)
        self._held = ExitStack()
        self._core: Connection
        self._driver: sqlite3.Connection

    async def open(self) -> None:
        """Connect, and bring the database to the schema of this program."""
        await self.there(self._open)

    async def close(self) -> None:
        """Close the connection, however far opening it came."""
        try:
            with suppress(SQLAlchemyError):  # it broke before, and whoever waited has heard of that
                await self.there(self._held.close)
        finally:
            self._thread.shutdown()

    async def save(self, callers: Sequence[Changes]) -> list[Took]:
        """One transaction for all of them; SQLite has synced the log when it returns (`synchronous=FULL`)."""
        return await self.there(lambda: self._save(callers))

    async def compact(self) -> None:
        """VACUUM."""
        await self.there(lambda: self._driver.execute("VACUUM").close())

    async def wipe(self) -> bool:
        """Copy the log into the file, where erased bytes are zeros, and empty it.

        An open reader makes SQLite answer busy without an error; then the log still has what was erased.
        """
        with faults("the log of the store was not emptied"):
            return await self.there(self._wipe)

    async def there(self, work: Callable[[], T]) -> T:
        """Do something in the thread of the connection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # --- in the thread ---

    def _open(self) -> None:
        self._held.callback(self._engine.dispose)
        self._core = self._held.enter_context(self._engine.connect())
        self._driver = cast("sqlite3.Connection", self._core.connection.driver_connection)
        upgrade(self._core, self._driver, self._path)

    def _save(self, callers: Sequence[Changes]) -> list[Took]:
        try:
            self._driver.execute(
                "BEGIN IMMEDIATE"
            )  # not at the first change: the right to write is taken at once
            tooks = self._run(callers)
            self._driver.commit()
        except BaseException:
            self._driver.rollback()  # SQLite may have left the transaction by itself
            raise
        return tooks

    def _run(self, callers: Sequence[Changes]) -> list[Took]:
        try:
            return in_turn(callers, self._apply, self._cast)
        except Exception as error:
            raise BadCall from error

    def _apply(self, changes: Changes) -> Took:
        return tuple(apply(change, self._core) for change in changes)

    def _cast(self, voices: Sequence[CastVoice]) -> Took:
        """All voices at once; they take effect where their window is open."""
        windows = {each.window for each in voices}
        found = self._open_of(windows)
        count(self._driver, voices, found)
        self._leave_a_mark()
        return (True,) * len(voices) if found == windows else tuple(each.window in found for each in voices)

    def _open_of(self, windows: set[bytes]) -> set[bytes]:
        marks = ", ".join("?" * len(windows))
        asked = f"SELECT id FROM windows WHERE length(secret) > 0 AND id IN ({marks})"  # noqa: S608 - question marks
        return {row[0] for row in self._driver.execute(asked, tuple(windows))}

    def _leave_a_mark(self) -> None:
        """Change something that means nothing, whatever the voices changed.

        SQLite writes nothing and syncs nothing where a voice stays as it was: who took back what they never gave
        would be answered sooner than who did, and could be made to show it.
        """
        self._driver.execute(f"PRAGMA user_version = {randbits(31)}")

    def _wipe(self) -> bool:
        try:
            self._driver.execute(f"PRAGMA busy_timeout = {_WIPING_PATIENCE}")
            (busy, *_) = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        return bool(busy == 0)
