"""A whole store, row by row, out of a PostgreSQL database and into one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot.backup import Rows, TableRows
from bot.errors import StoreError
from storage.copying import put_in, read
from storage.faults import faults
from storage.postgres_address import address, shown
from storage.postgres_engine import reading_engine, writing_engine
from storage.postgres_schema import must_be_ours, prepared
from storage.schema import migrate

Fill = Callable[[Callable[[TableRows], None]], None]


async def read_postgres(url: str, password: str, take: Callable[[Rows], None]) -> None:
    """Let `take` read every row as it was at one moment. Raises `StoreError` or `Misconfigured`."""
    engine = reading_engine(address(url, password), kept=False).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with faults(f"the store {shown(url)} could not be read"):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(read, take, shown(url))
        finally:
            await engine.dispose()


async def build_postgres(url: str, password: str, revision: str, fill: Fill) -> None:
    """Make a store of a revision out of the rows that `fill` hands over, in a database without any table.

    One transaction: all of it or nothing. Raises `StoreError` where a store is there already, `Misconfigured` where
    anything else is.
    """
    engine = writing_engine(address(url, password))
    with faults(f"nothing could be restored to {shown(url)}"):
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_build, revision, fill, shown(url))
        finally:
            await engine.dispose()


def _build(core: Connection, revision: str, fill: Fill, name: str) -> None:
    if must_be_ours(core, name):
        raise StoreError(
            f"there is a store in {name} already, and it was left as it is; a restore needs an empty database."
            " Let storage.url name another one"
        )
    prepared(core, name, revision)
    fill(lambda table: put_in(core, table))
    migrate(core, name)
