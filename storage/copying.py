"""A whole store, row by row: out of one that may be served at the same time, and into a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Table

from bot.backup import Row, Rows, TableRows
from bot.errors import Misconfigured, StoreError
from bot.keys import sync_folder
from storage import tables as t
from storage.faults import faults
from storage.files import FileLock, claim, existing, restoring
from storage.schema import head, migrate, must_be_sound, revision_of
from storage.sqlite_engine import reading_engine, writing_engine
from storage.tables import METADATA

_OMITTED = {"attempts", "drafts", "presses", "voices"}
"""What is in no backup: what nobody has sent, the tokens of presses, and what a connection knows of itself."""

_ONLY = {"attachments": "owner IN (SELECT id FROM reports)"}
"""Files of drafts are drafts."""

_INSTEAD = {("windows", "secret"): {"sqlite": "x''", "postgresql": "''::bytea"}}
"""The secrets of presses are in no backup; a window without one is closed and keeps its number."""

_AT_ONCE = 16
"""Rows that are held in memory; some hold a whole file."""


async def read_all(path: str | Path, take: Callable[[Rows], None]) -> None:
    """Let `take` read every row as it was at one moment, through a connection that cannot write.

    Raises `StoreError`, and `Misconfigured` for a store that is not of this program's revision.
    """
    engine = reading_engine(existing(path), kept=False)
    with faults(f"the store {path} could not be read"):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(read, take, str(path))
        finally:
            await engine.dispose()


_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
"""All that follows sees one moment, whatever is written meanwhile."""


def read(connection: Connection, take: Callable[[Rows], None], name: str, *, whole: bool = False) -> None:
    """Let `take` read every row, in a transaction of its own; if `whole`, what no backup has too."""
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])
    try:
        if revision_of(connection) != head():
            raise Misconfigured(
                f"the store {name} was written by another version of metoo; start this one on it once, then back it up"
            )
        omitted = set[str]() if whole else _OMITTED
        tables = [each for each in (t.keys, *METADATA.sorted_tables) if each.name not in omitted]
        tables = list(dict.fromkeys(tables))
        asked = (_select(each, "count(*)", whole=whole) for each in tables)
        count = sum(connection.exec_driver_sql(each).scalar_one() for each in asked)
        take(Rows(head(), count, (rows_of(connection, each, whole=whole) for each in tables)))
    finally:
        connection.execution_options(stream_results=False).exec_driver_sql("ROLLBACK")


def rows_of(connection: Connection, table: Table, *, whole: bool) -> TableRows:
    """The rows of a table as they are, in the order of their keys."""
    names = tuple(each.name for each in table.columns)
    instead = {
        name: each[connection.dialect.name] for (of, name), each in _INSTEAD.items() if of == table.name
    }
    asked = ", ".join(f'"{name}"' if whole else instead.get(name, f'"{name}"') for name in names)
    ordered = ", ".join(f'"{each.name}"' for each in table.primary_key)
    few = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    found = few.exec_driver_sql(f"{_select(table, asked, whole=whole)} ORDER BY {ordered}")
    return TableRows(table.name, names, (tuple(row) for row in found))


def _select(table: Table, what: str, *, whole: bool) -> str:
    where = f" WHERE {_ONLY[table.name]}" if table.name in _ONLY and not whole else ""
    return f'SELECT {what} FROM "{table.name}"{where}'  # noqa: S608 - names of our tables


async def build(path: Path, revision: str, fill: Callable[[Callable[[TableRows], None]], None]) -> None:
    """Make a store of a revision out of the rows that `fill` hands over, and bring it to this program's revision.

    It gets its name only once it is whole. Raises `StoreError` where a store is there already or is being served,
    `Misconfigured` for a revision that this program does not know.
    """
    lock = FileLock(path)
    try:
        _must_be_empty(path)
        fresh = restoring(path)
        _remove(fresh)  # of a restore that was interrupted
        with faults(f"nothing could be restored to {path}"):
            claim(fresh)
            try:
                await asyncio.to_thread(_build, fresh, revision, fill, str(path))
                fresh.replace(path)
                sync_folder(path.parent)
            except BaseException:
                _remove(fresh)
                raise
    finally:
        lock.release()


def _build(
    fresh: Path, revision: str, fill: Callable[[Callable[[TableRows], None]], None], name: str
) -> None:
    engine = writing_engine(fresh)
    try:
        with engine.connect() as connection:
            _fill(connection, revision, fill, name)
    finally:
        engine.dispose()


def _fill(
    connection: Connection, revision: str, fill: Callable[[Callable[[TableRows], None]], None], name: str
) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    migrate(connection, name, revision)
    fill(lambda table: put_in(connection, table))
    migrate(connection, name)
    must_be_sound(connection, name)
    connection.exec_driver_sql("COMMIT")


_MARK = {"sqlite": "?", "postgresql": "%s"}


def put_in(connection: Connection, table: TableRows) -> None:
    """Write the rows of a table as they are."""
    names = ", ".join(f'"{each}"' for each in table.columns)
    marks = ", ".join([_MARK[connection.dialect.name]] * len(table.columns))
    insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our tables
    for rows in _few(table.rows):
        connection.exec_driver_sql(insert, rows)


def _few(rows: Iterable[Row]) -> Iterator[list[tuple[object, ...]]]:
    several: list[tuple[object, ...]] = []
    for row in rows:
        several.append(tuple(row))
        if len(several) == _AT_ONCE:
            yield several
            several = []
    if several:
        yield several


def _must_be_empty(path: Path) -> None:
    there = [path.with_name(path.name + each) for each in ("", "-wal", "-journal")]
    found = [str(each) for each in there if each.exists()]
    if found:
        raise StoreError(
            f"there is something at {found[0]} already, and it was left as it is; a restore needs an empty place."
            " Move it away first, or let storage.url name another file"
        )


def _remove(fresh: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            fresh.with_name(fresh.name + suffix).unlink()
