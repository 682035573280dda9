"""The revisions lead to the tables that the program uses, and never backwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from bot import records as r
from bot.errors import Misconfigured
from storage.queries import answer
from storage.sqlite import SqliteStore, open_sqlite
from storage.tables import METADATA
from tests.storage import rows
from tests.storage.rows import HERE, at, new_id


async def test_the_revisions_make_the_tables_of_the_program(sqlite: SqliteStore) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async with sqlite._readers.connect() as connection:
        assert await connection.run_sync(differences) == []


def _parts(sql: str) -> Iterator[str]:
    """What a statement declares, one by one: its beginning, columns, checks, keys, and its options at the end."""
    depth, part = 0, ""
    for sign in " ".join(sql.split()):
        if (sign == "," and depth <= 1) or (sign == "(" and not depth) or (sign == ")" and depth == 1):
            yield part.strip()
            part = ""
        else:
            part += sign
        depth += (sign == "(") - (sign == ")")
    yield part.strip()


def _declared(path: Path) -> dict[str, list[str]]:
    """What each table and index declares, whatever the order: a column that was added later is the last."""
    with closing(sqlite3.connect(path)) as look:
        found = look.execute(
            "SELECT name, sql FROM sqlite_schema WHERE sql NOTNULL AND name <> 'alembic_version'"
        )
        return {name: sorted(_parts(sql)) for name, sql in found}


async def test_the_revisions_declare_what_the_tables_declare(sqlite: SqliteStore, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.db'}")
    METADATA.create_all(engine)
    engine.dispose()
    declared = _declared(tmp_path / "metoo.db")
    assert declared == _declared(tmp_path / "tables.db")
    assert {"stage TEXT DEFAULT 'sent' NOT NULL", "UNIQUE (locator)", "STRICT"} < set(declared["reports"])


@pytest.mark.parametrize(
    "other",
    [
        "CREATE TABLE a (b TEXT, c TEXT, UNIQUE (b, c)) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (b TEXT DEFAULT 'x', c INT, UNIQUE (b, c)) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (b TEXT, c INT, UNIQUE (c, b)) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (b TEXT, c INT) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (b TEXT, c INT, d INT, UNIQUE (b, c)) WITHOUT ROWID, STRICT",
        "CREATE TABLE a (b TEXT, c INT, UNIQUE (b, c)) WITHOUT ROWID",
        "CREATE TABLE a (b TEXT, c INT, UNIQUE (b, c)) STRICT",
    ],
)
def test_every_difference_of_declarations_would_be_found(other: str) -> None:
    table = "CREATE TABLE a (b TEXT, c INT, UNIQUE (b, c)) WITHOUT ROWID, STRICT"
    moved = "CREATE TABLE a (b TEXT, UNIQUE\n(b, c), c INT)\nSTRICT, WITHOUT ROWID"
    assert sorted(_parts(table)) == sorted(_parts(moved))
    assert sorted(_parts(table)) != sorted(_parts(other))


async def test_no_table_numbers_its_rows(sqlite: SqliteStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "metoo.db")) as look:
        found = look.execute("SELECT name, wr, strict FROM pragma_table_list WHERE type = 'table'").fetchall()
        ours = {name: (without, strict) for name, without, strict in found if name in METADATA.tables}
    assert ours == dict.fromkeys(METADATA.tables, (1, 1))


@pytest.mark.parametrize(
    "query",
    [
        r.ReportByLocator(new_id()),
        r.ReportsSince(HERE, "2026-W48"),
        r.ReportKeys(new_id()),
        r.MessagesOf(new_id()),
        r.MessageById(new_id()),
        r.Due(at(0)),
        r.NextDue(at(0)),
        r.PostsAbout("card", new_id()),
        r.WindowById(new_id()),
        r.WindowAbout("wall", new_id()),
        r.OpenWindows(),
        r.Counted(HERE, "wall", "2026-W48"),
        r.Desks(HERE),
        r.DigestOf(HERE, "2026-W48"),
        r.LatestDigest(HERE),
    ],
    ids=lambda query: type(query).__name__,
)
async def test_a_question_is_answered_by_an_index(sqlite: SqliteStore, query: r.Query[object]) -> None:
    asked: list[str] = []
    async with sqlite._readers.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.set_trace_callback(asked.append)
        await connection.run_sync(lambda core: answer(query, core))
        await driver.set_trace_callback(None)
        plans = [await driver.execute_fetchall(f"EXPLAIN QUERY PLAN {each}") for each in asked]
    details = [row[3] for plan in plans for row in plan]
    assert details
    assert all("USING" in each and "TEMP B-TREE" not in each for each in details), details


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    await (await open_sqlite(str(path))).close()
    content = path.read_bytes()[100:]
    await (await open_sqlite(str(path))).close()
    assert path.read_bytes()[100:] == content


async def test_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    store = await open_sqlite(str(path))
    row = rows.draft()
    await store.write(r.PutDraft(row))
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(Misconfigured, match="newer version") as caught:
        await open_sqlite(str(path))
    assert str(path) in str(caught.value)
    with closing(sqlite3.connect(path, isolation_level=None)) as look:
        assert look.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        assert look.execute("SELECT id FROM drafts").fetchall() == [(row.id,)]


async def test_a_creation_that_was_cut_short_is_finished_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    path.touch()
    await (await open_sqlite(str(path))).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as half:
        for (name,) in half.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            half.execute("PRAGMA foreign_keys = OFF")
            half.execute(f"DROP TABLE {name}")  # as after a kill between the mark and the first commit
    store = await open_sqlite(str(path))
    assert await store.read(r.Keys()) == ()
    await store.close()
