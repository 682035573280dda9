"""Moves a whole store from an SQLite file to a PostgreSQL database: in one transaction, counted and hashed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine

from bot.backup import Progress, Row, Rows, TableRows
from bot.errors import Misconfigured, StoreError
from storage.copying import put_in, read, rows_of
from storage.faults import faults
from storage.files import FileLock, existing
from storage.postgres_address import address, is_postgres, shown
from storage.postgres_schema import must_be_ours, prepared
from storage.sqlite_engine import writing_engine
from storage.tables import METADATA

_MODULUS = 2**256


class Sums:
    """How many rows each table has, and a hash of them that is the same in whatever order they come.

    Rows are also `put` somewhere, and `progress` hears of them.
    """

    def __init__(
        self, put: Callable[[TableRows], None] | None = None, progress: Progress | None = None
    ) -> None:
        self._put = put
        self._progress = progress
        self.rows: dict[str, int] = defaultdict(int)
        self.hashes: dict[str, int] = defaultdict(int)

    def take(self, rows: Rows) -> None:
        """Count, hash and put all rows."""
        for table in rows.tables:
            self.look(table)
            if self._progress:
                self._progress(sum(self.rows.values()), rows.count)

    def look(self, table: TableRows) -> None:
        """Count, hash and put the rows of one table."""
        watched = self._watched(table.name, table.rows)
        if self._put:
            self._put(TableRows(table.name, table.columns, watched))
        for _ in watched:
            pass

    def _watched(self, name: str, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            digest = int.from_bytes(sha256(repr(tuple(row)).encode()).digest())
            self.rows[name] += 1
            self.hashes[name] = (self.hashes[name] + digest) % _MODULUS
            yield row


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows are there, and whether they were there before."""

    rows: int
    before: bool


async def move(file: Path, url: str, password: str, progress: Progress) -> Moved:
    """Move the store in a file, which nobody serves meanwhile, and leave the file as it is.

    Interrupted, it leaves nothing there and can be run again; done, it says so. Raises `StoreLocked`, `Misconfigured`,
    and `StoreError` where something else is there already or what arrived is not what was sent.
    """
    if not is_postgres(url):
        raise Misconfigured(
            "A store moves to PostgreSQL: --to takes an address, as postgresql://metoo@db/metoo"
        )
    path = existing(file)
    lock = FileLock(path)
    try:
        with faults(f"nothing was moved to {shown(url)}"):
            return await asyncio.to_thread(_move, path, url, password, progress)
    finally:
        lock.release()


def _move(path: Path, url: str, password: str, progress: Progress) -> Moved:
    into = create_engine(address(url, password), poolclass=NullPool, hide_parameters=True)
    out_of = writing_engine(path)
    try:
        with into.begin() as there, out_of.connect() as here:
            before = must_be_ours(there, shown(url))
            if not before:
                prepared(there, shown(url))
            sent = Sums(None if before else partial(put_in, there), progress)
            read(here, sent.take, str(path), whole=True)
            _must_be_there(there, sent, url)
        return Moved(sum(sent.rows.values()), before)
    finally:
        into.dispose()
        out_of.dispose()


def _must_be_there(there: Connection, sent: Sums, url: str) -> None:
    """Compare with what the database gives back, in the transaction that wrote it."""
    arrived = Sums()
    for table in METADATA.sorted_tables:
        arrived.look(rows_of(there, table, whole=True))
    if (arrived.rows, arrived.hashes) != (sent.rows, sent.hashes):
        raise StoreError(f"what is in {shown(url)} is not what is in the file, and it was left as it is")
