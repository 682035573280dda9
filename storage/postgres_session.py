"""A write connection of a PostgreSQL store: transactions that stay whole when the database goes away in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from secrets import token_bytes
from typing import Any
from typing import cast as cast_to

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError
from bot.neighbours import news
from bot.records import CastVoice
from storage import presses
from storage.changes import apply
from storage.faults import asks_again, faults, went_away
from storage.postgres_attempts import begin, end, last, mark
from storage.postgres_cleaning import clean, rewrite
from storage.postgres_locks import ALONE, FOLDING, TELL, TOGETHER
from storage.postgres_presses import FOLD, cast, fold, press
from storage.presses import OF_VOICES
from storage.session import BadCall, Changes, Took, in_turn, shared

_log = structlog.get_logger(__name__)

PATIENCE = 10.0
"""Seconds for which callers wait for a database that went away."""

_PAUSE = 0.2
_TRIES = 5
SLOW = 10.0
"""Seconds after which a transaction that still waits is worth a line in the log."""


class PostgresSession:
    """Implements `storage.session.Session`.

    Presses of several sessions go into the journal side by side; all other changes hold a lock of the whole store
    meanwhile, in every process, so that what a change has read stays true until it has written. `folded` is called
    after what was pressed left the journal, where dead rows of it remain.
    """

    def __init__(self, engine: AsyncEngine, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._patience = patience
        self.folded: Callable[[], None] = _nothing
        self._connection: AsyncConnection | None = None
        self._id = token_bytes(16)
        self._attempts = 0
        self._waiting = 0
        self._last = "0"
        self._away = False

    async def close(self) -> None:
        """Close the connection."""
        with suppress(SQLAlchemyError):  # where it broke before, whoever waited has heard of that
            if self._connection is not None:
                await end(self._connection, self._id)
        await self._drop()

    async def save(self, callers: Sequence[Changes]) -> list[Took]:
        """One transaction for all of them. PostgreSQL has synced its log when it returns (`synchronous_commit`).

        Where the connection breaks, it is made anew, the database is asked what became of the transaction, and what
        was not saved is tried again for a while. Where many presses wait in the journal, it is worked off first.
        """
        if self._waiting > presses.MOST:
            self._waiting = 0
            return (await self.save([(FOLD,), *callers]))[1:]
        until = self._now() + self._patience
        tries = 0
        while True:
            self._attempts += 1
            attempt = _Attempt(callers, self._id, self._attempts)
            try:
                return await self._watched(attempt.run(await self._connected()))
            except BaseException as error:
                broken = _cause(error)
                await asyncio.shield(self._undo())
                if asks_again(broken) and tries < _TRIES:
                    tries += 1
                elif not went_away(broken):
                    raise
                elif (tooks := await self._became(attempt, until)) is not None:
                    return tooks
                elif self._now() >= until:
                    raise
            finally:
                self._last = attempt.number or self._last
                self._waiting += attempt.presses
                if attempt.folds:
                    self.folded()

    async def compact(self) -> None:
        """Write every table anew in the order of its random keys."""
        await self._apart(rewrite)

    async def wipe(self) -> bool:
        """VACUUM; whether no row that was erased before can be left, because nobody may still read it."""
        with faults("what was erased was not vacuumed"):
            return await self._apart(lambda connection: clean(connection, self._last))

    async def _apart(self, work: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
        apart = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        async with apart.connect() as connection:
            return await work(connection)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
            await begin(self._connection, self._id)
            if self._away:
                _log.warning("the database is back")
            self._away = False
        return self._connection

    async def _became(self, attempt: _Attempt, until: float) -> list[Took] | None:
        """What was saved by a transaction whose connection broke while it was committed; None where nothing was.

        Raises `StoreError` where nobody can say.
        """
        if not self._away:
            _log.warning("the database went away", reason="it is tried again")
        self._away = True
        await self._drop()
        while True:
            await asyncio.sleep(_PAUSE)
            if not attempt.committing:
                return None
            with suppress(SQLAlchemyError):
                return attempt.tooks if await self._committed() == attempt.nth else None
            if self._now() >= until:
                raise StoreError("the database went away while it saved, and nobody can say whether it did")

    async def _committed(self) -> int:
        async with self._engine.connect() as connection:
            return await last(connection, self._id)

    async def _watched(self, work: Awaitable[list[Took]]) -> list[Took]:
        """Wait for as long as it takes, and say so once where that is long."""
        slow = asyncio.get_running_loop().call_later(SLOW, _say_slow)
        try:
            return await work
        finally:
            slow.cancel()

    async def _undo(self) -> None:
        if self._connection is not None:
            try:
                driver = await _driver(self._connection)
                await self._connection.rollback()
                await driver.rollback()  # of presses: the connection around it knows nothing of them
            except Exception:  # noqa: BLE001 - it broke, whoever says so
                await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                await connection.invalidate()
            with suppress(SQLAlchemyError):
                await connection.close()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


_PRESSES = frozenset({CastVoice})


class _Attempt:
    """One try to save what callers want: how far it came, under which numbers, and what it did."""

    def __init__(self, callers: Sequence[Changes], session: bytes, nth: int) -> None:
        self._callers = callers
        self._session = session
        self.nth = nth
        self.number = ""
        self.committing = False
        self.presses = 0
        self.folds = 0
        self.tooks: list[Took] = []

    async def run(self, connection: AsyncConnection) -> list[Took]:
        """Begin, change and commit."""
        changes = [each for one in self._callers for each in one]
        if _PRESSES.issuperset(map(type, changes)):
            return await self._press(await _driver(connection), cast_to("list[CastVoice]", changes))
        self.tooks = await connection.run_sync(self._change)
        self.committing = True
        await connection.commit()
        return self.tooks

    async def _press(self, driver: Any, voices: Sequence[CastVoice]) -> list[Took]:
        """Presses alone: nothing of SQLAlchemy is between them and the driver."""
        with _blamed():
            self.number, took = await press(driver, voices, (self._session, self.nth))
        self.tooks = shared(self._callers, took)
        self.committing = True
        await driver.commit()
        self.presses = len(voices)
        return self.tooks

    def _change(self, core: Connection) -> list[Took]:
        for lock in _locks(self._callers):
            core.exec_driver_sql(lock)
        with _blamed():
            self.tooks = in_turn(
                self._callers, lambda changes: self._apply(core, changes), lambda voices: cast(core, voices)
            )
        for each in news(change for changes in self._callers for change in changes):
            core.exec_driver_sql(TELL, (each,))
        self.number = mark(core, self._session, self.nth)
        return self.tooks

    def _apply(self, core: Connection, changes: Changes) -> Took:
        if any(isinstance(each, OF_VOICES) for each in changes):
            self.folds += fold(core)
        return tuple(apply(change, core) for change in changes)


def _locks(callers: Sequence[Changes]) -> tuple[str, ...]:
    """What has to be held for these changes. To work off the journal, others may go on to press."""
    beside = all(type(each) is CastVoice or each is FOLD for changes in callers for each in changes)
    return (TOGETHER, FOLDING) if beside else (ALONE,)


@contextmanager
def _blamed() -> Iterator[None]:
    """Errors within are those of the changes, and not of the connection."""
    try:
        yield
    except Exception as error:
        if went_away(error) or asks_again(error):
            raise
        raise BadCall from error


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


def _nothing() -> None:
    """What is done after a fold while nobody asked for anything."""


def _cause(error: BaseException) -> BaseException:
    return error.__cause__ if isinstance(error, BadCall) and error.__cause__ else error


def _say_slow() -> None:
    _log.warning("the database is slow", reason="people wait for it to save")
