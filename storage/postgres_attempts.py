"""What became of a transaction whose connection broke while it was committed.

Each connection that writes has a row of its own, which says the number of its last transaction that was committed. The
number of PostgreSQL would not do: after a crash it gives numbers again that nothing on its disk had, so that what was
lost would look like what somebody else saved under the same number.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

MARK = """
INSERT INTO attempts AS a (session, nth) VALUES (%b, %b::bigint)
ON CONFLICT (session) DO UPDATE SET nth = excluded.nth RETURNING pg_current_xact_id()::text
"""
"""Note the attempt in its own transaction, and say which transaction that is to PostgreSQL.

It always writes, whatever the changes changed: PostgreSQL syncs nothing where nothing was written, and who took back
what they never gave would be answered sooner.
"""

_BEGIN = "INSERT INTO attempts (session, nth) VALUES (%b, 0) ON CONFLICT (session) DO NOTHING"

_PATIENCE = "SET LOCAL lock_timeout = '2s'"
"""A transaction that was not yet found to be without a client holds its row for so long as it lives."""

_LAST = "SELECT nth FROM attempts WHERE session = %b FOR UPDATE"

_END = "DELETE FROM attempts WHERE session = %b"


def mark(core: Connection, session: bytes, nth: int) -> str:
    """Note an attempt in its transaction; PostgreSQL's number of it."""
    return str(core.exec_driver_sql(MARK, (session, nth)).scalar_one())


async def begin(connection: AsyncConnection, session: bytes) -> None:
    """Make the row of a session, so that later attempts hold it until they end."""
    await connection.exec_driver_sql(_BEGIN, (session,))
    await connection.commit()


async def last(connection: AsyncConnection, session: bytes) -> int:
    """The last attempt of a session that was committed; waits for one that has not ended yet."""
    await connection.exec_driver_sql(_PATIENCE)
    found = (await connection.exec_driver_sql(_LAST, (session,))).scalar()
    await connection.rollback()
    return int(found or 0)


async def end(connection: AsyncConnection, session: bytes) -> None:
    """Leave no row of a session."""
    await connection.exec_driver_sql(_END, (session,))
    await connection.commit()
