"""Every kind of store, by name: the whole contract runs on each. A new one joins by an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiosqlite

from bot.ports import Store
from storage.sqlite import SqliteSession, SqliteStore, open_sqlite


async def _sqlite(folder: Path) -> Store:
    return await open_sqlite(str(folder / "metoo.db"), pause=0.01)


STORES: dict[str, Callable[[Path], Awaitable[Store]]] = {"sqlite": _sqlite}


def driver_of(store: SqliteStore) -> aiosqlite.Connection:
    """The write connection, for tests that break it or listen to it."""
    session = store._writer._session
    assert isinstance(session, SqliteSession)
    return session._driver
