"""What PostgreSQL keeps of erased rows, and the order of writing: how both are made to go, as far as it lets us."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import METADATA

_HELD = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND age(backend_xmin) >= age(%s::xid8::xid)
"""
"""Sessions that may still read what a transaction erased; VACUUM leaves it to them."""

_PATIENCE = "SET lock_timeout = '5s'"
"""Both wait for whoever holds a table, and everybody who writes waits behind them: a later try will do."""


def _names() -> str:
    return ", ".join(f'"{each}"' for each in sorted(METADATA.tables))


async def clean(connection: AsyncConnection, erased: str) -> bool:
    """VACUUM tables, indexes and long values. Whether all that went which a transaction erased."""
    held = (await connection.exec_driver_sql(_HELD, (erased,))).scalar_one() if int(erased) else 0
    await connection.exec_driver_sql(_PATIENCE)
    await connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {_names()}")
    return held == 0


async def rewrite(connection: AsyncConnection) -> bool:
    """Write each table into a new file in the order of its key."""
    await connection.exec_driver_sql(_PATIENCE)
    for each in sorted(METADATA.tables):
        await connection.exec_driver_sql(f'CLUSTER "{each}" USING "{each}_pkey"')
    return True
