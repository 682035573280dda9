"""What is really stored: every row of every table of a file, for a person to look at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, table, text

from storage.faults import faults
from storage.files import existing
from storage.schema import outdated
from storage.sqlite_engine import reading_engine

_SHOWN = 24
"""Bytes of a value that are shown."""


@dataclass(frozen=True, slots=True)
class TableDump:
    """One table: its name, its columns, and its rows in words."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


async def dump(path: str | Path) -> tuple[TableDump, ...]:
    """Read a store's file through a connection of its own, which cannot write. Raises `StoreError`."""
    engine = reading_engine(existing(path), kept=False)
    with faults(f"the store {path} could not be read"):
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(_tables)
        finally:
            await engine.dispose()


async def behind(path: Path) -> str:
    """A sentence if an older version of metoo wrote this store; empty if it did not, or if there is none."""
    if not await asyncio.to_thread(path.is_file):
        return ""
    with faults(f"the store {path} could not be read"):
        older = await outdated(reading_engine(path, kept=False))
    return (
        f"An older version of metoo wrote the store {path}; the next `metoo run` upgrades it."
        if older
        else ""
    )


def _tables(connection: Connection) -> tuple[TableDump, ...]:
    names = connection.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"))
    return tuple(_table(connection, name) for name in names.all())


def _table(connection: Connection, name: str) -> TableDump:
    found = connection.execute(select(text("*")).select_from(table(name)))
    columns = tuple(found.keys())
    return TableDump(name, columns, tuple(tuple(_shown(each) for each in row) for row in found))


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        more = f"… ({len(value)} bytes)" if len(value) > _SHOWN else ""
        return value[:_SHOWN].hex() + more
    return "" if value is None else str(value)
