"""How a connection to an SQLite store is made: every one of them, here."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, NullPool, Pool

from bot.errors import Misconfigured, StoreError
from storage.files import APPLICATION_ID

BUSY_TIMEOUT = 5000
"""Milliseconds to wait for a lock that a program other than us holds."""

READERS = 4

_WAL = "journal_mode = WAL"
_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT}",
    _WAL,
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
    "foreign_keys = ON",
)

# At DEBUG the driver logs every statement with its parameters.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


def writing_engine(path: Path) -> Engine:
    """For the one write connection. The file is marked as ours before anything else is in it.

    At every start: if the first one died here, its mark is undone although it was seen in the file.
    """
    pragmas = (f"application_id = {APPLICATION_ID}", *_PRAGMAS)
    # Made and used by one thread, and looked at by nobody else.
    engine = create_engine(
        _url(path, "sqlite+pysqlite"), poolclass=NullPool, hide_parameters=True, connect_args=_CONNECT
    )
    _prepared(engine, pragmas)
    return engine


def _must_be_ours(connection: DBAPIConnection, path: Path) -> None:
    """Before anything is set: a database of another program is left as it is."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA application_id")
    if cursor.fetchone() != (APPLICATION_ID,):
        raise Misconfigured(f"{path} is not a store of metoo; move it away or change storage.url")
    cursor.close()


def reading_engine(path: Path, *, kept: bool = True) -> AsyncEngine:
    """For connections that cannot write; `kept` ones are used again."""
    pool: type[Pool] = AsyncAdaptedQueuePool if kept else NullPool
    size = {"pool_size": READERS, "max_overflow": 0} if kept else {}
    engine = create_async_engine(
        _url(path, "sqlite+aiosqlite"), poolclass=pool, hide_parameters=True, connect_args=_CONNECT, **size
    )
    _prepared(engine.sync_engine, (*_PRAGMAS, "query_only = ON"), of=path)
    return engine


_CONNECT = {"isolation_level": None}
"""BEGIN and COMMIT are the writer's alone."""


def _url(path: Path, driver: str) -> URL:
    # mode=rw never makes a file
    return URL.create(driver, database=f"file:{quote(str(path))}", query={"mode": "rw", "uri": "true"})


def _prepared(engine: Engine, pragmas: tuple[str, ...], *, of: Path | None = None) -> None:
    """Set these on each connection; `of` a path that must be a store of ours before anything is set."""

    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        try:
            if of is not None:
                _must_be_ours(connection, of)
            _prepare(connection, pragmas)
        except BaseException:
            connection.close()  # nobody else would
            raise

    event.listen(engine, "connect", prepare)


def _prepare(connection: DBAPIConnection, pragmas: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
        if pragma == _WAL and cursor.fetchone() != ("wal",):
            raise StoreError(
                "the store's folder does not support SQLite's write-ahead log; choose a local disk"
            )
    cursor.close()
