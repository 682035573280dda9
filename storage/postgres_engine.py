"""How a connection to a PostgreSQL store is made: every one of them, here."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, Pool

READERS = 4

_TIMES: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A database that vanished without a word is noticed within half a minute."""

# At DEBUG the driver may log what it was given.
logging.getLogger("psycopg").setLevel(logging.INFO)


def writing_engine(url: URL) -> AsyncEngine:
    """For connections that write; each is made by whoever owns it, and made anew when it broke."""
    return _engine(url, NullPool, "metoo", {})


def reading_engine(url: URL, *, kept: bool = True) -> AsyncEngine:
    """For connections that cannot write; `kept` ones are used again, after a look whether they still answer."""
    pool: type[Pool] = AsyncAdaptedQueuePool if kept else NullPool
    size: dict[str, Any] = {"pool_size": READERS, "max_overflow": 0, "pool_pre_ping": True} if kept else {}
    size |= {"isolation_level": "AUTOCOMMIT"} if kept else {}
    return _engine(url, pool, "metoo reader", size, "-c default_transaction_read_only=on")


def _engine(url: URL, pool: type[Pool], name: str, more: dict[str, Any], options: str = "") -> AsyncEngine:
    given = {**_TIMES, "application_name": name}
    if options and "options" not in url.query:
        given["options"] = options
    engine = create_async_engine(url, poolclass=pool, hide_parameters=True, connect_args=given, **more)
    return engine.execution_options(preserve_rowcount=True)  # of INSERT too: whether a row was taken
