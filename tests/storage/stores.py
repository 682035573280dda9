"""Every kind of store, by name: the whole contract runs on each. A new one joins by an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.ports import Store
from storage.postgres import open_postgres
from storage.sqlite import SqliteStore, open_sqlite
from storage.sqlite_session import SqliteSession


async def _sqlite(folder: Path) -> Store:
    return await open_sqlite(str(folder / "metoo.db"), pause=0.01)


async def _postgres(folder: Path) -> Store:
    return await open_postgres((folder / "url").read_text(), pause=0.01)


STORES: dict[str, Callable[[Path], Awaitable[Store]]] = {"sqlite": _sqlite, "postgresql": _postgres}


class Driver:
    """The write connection, asked in its own thread."""

    def __init__(self, session: SqliteSession) -> None:
        self._session = session

    async def set_trace_callback(self, heard: Callable[[str], None]) -> None:
        await self._session.there(lambda: self._session._driver.set_trace_callback(heard))

    async def set_authorizer(self, decide: Callable[..., int]) -> None:
        await self._session.there(lambda: self._session._driver.set_authorizer(decide))

    async def execute_fetchall(self, statement: str) -> list[Any]:
        return await self._session.there(lambda: self._session._driver.execute(statement).fetchall())

    async def close(self) -> None:
        await self._session.there(self._session._driver.close)


def driver_of(store: SqliteStore) -> Driver:
    """The write connection, for tests that break it or listen to it."""
    session = store._writer._session
    assert isinstance(session, SqliteSession)
    return Driver(session)
