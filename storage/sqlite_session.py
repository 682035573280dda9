"""The write connection of an SQLite store, in a thread of its own: each transaction is one visit there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.records import CastVoice
from storage.changes import apply
from storage.faults import faults
from storage.presses import MOST, OF_VOICES, add, fold, open_of
from storage.session import BadCall, Changes, Took, in_turn
from storage.sqlite_engine import BUSY_TIMEOUT, writing_engine
from storage.sqlite_upgrade import upgrade

T = TypeVar("T")

_WIPING_PATIENCE = 100
"""Milliseconds for which a wipe may hold up presses while a reader is in its way."""


class SqliteSession:
    """Implements `storage.session.Session`: voices go to the driver, all else through SQLAlchemy Core.

    The thread makes the connection and is the only one that uses it. While it writes and syncs, the loop serves
    people; a batch costs one handing over and not one for each statement. `folded` is called after what was pressed
    left the journal, where bytes of it may remain.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folded: Callable[[], None] = _nothing
        self._waiting = 0
        self._folds = 0
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
            with suppress(
                SQLAlchemyError, sqlite3.Error
            ):  # it broke before, and whoever waited has heard of that
                await self.there(self._close)
        finally:
            self._thread.shutdown()

    async def save(self, callers: Sequence[Changes]) -> list[Took]:
        """One transaction for all of them; SQLite has synced the log when it returns (`synchronous=FULL`)."""
        return await self._noting(lambda: self._save(callers))

    async def fold(self) -> None:
        """Put all that was pressed in its place among the voices."""
        with faults("the voices could not be counted"):
            await self._noting(lambda: self._transaction(self._fold))

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

    async def _noting(self, work: Callable[[], T]) -> T:
        before = self._folds
        try:
            return await self.there(work)
        finally:
            if self._folds != before:
                self.folded()

    # --- in the thread ---

    def _open(self) -> None:
        self._held.callback(self._engine.dispose)
        self._core = self._held.enter_context(self._engine.connect())
        self._driver = cast("sqlite3.Connection", self._core.connection.driver_connection)
        upgrade(self._core, self._driver, self._path)
        self._transaction(self._fold)

    def _close(self) -> None:
        with self._held:
            if hasattr(self, "_driver"):
                self._transaction(self._fold)

    def _save(self, callers: Sequence[Changes]) -> list[Took]:
        return self._transaction(lambda: self._run(callers))

    def _transaction(self, work: Callable[[], T]) -> T:
        try:
            self._driver.execute(
                "BEGIN IMMEDIATE"
            )  # not at the first change: the right to write is taken at once
            done = work()
            self._driver.commit()
        except BaseException:
            self._driver.rollback()  # SQLite may have left the transaction by itself
            raise
        return done

    def _run(self, callers: Sequence[Changes]) -> list[Took]:
        try:
            return in_turn(callers, self._apply, self._cast)
        except Exception as error:
            raise BadCall from error

    def _apply(self, changes: Changes) -> Took:
        if any(isinstance(each, OF_VOICES) for each in changes):
            self._fold()
        return tuple(apply(change, self._core) for change in changes)

    def _cast(self, voices: Sequence[CastVoice]) -> Took:
        """All voices at once; they take effect where their window is open. Every press writes, so every press syncs."""
        windows = {each.window for each in voices}
        found = open_of(self._driver, windows)
        all_open = found == windows
        add(self._driver, voices if all_open else [each for each in voices if each.window in found])
        self._waiting += len(voices)
        if self._waiting > MOST:
            self._fold()
        return (True,) * len(voices) if all_open else tuple(each.window in found for each in voices)

    def _fold(self) -> None:
        if fold(self._driver):
            self._folds += 1
        self._waiting = 0

    def _wipe(self) -> bool:
        try:
            self._driver.execute(f"PRAGMA busy_timeout = {_WIPING_PATIENCE}")
            (busy, *_) = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        return bool(busy == 0)


def _nothing() -> None:
    """What is done after a fold while nobody asked for anything."""
