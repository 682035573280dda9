"""A store of an older revision opens as one of this, with every row that was in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot import records as r
from storage.files import APPLICATION_ID
from storage.schema import _MIGRATIONS, head
from storage.sqlite import open_sqlite
from storage.tables import TABLES
from tests.storage import rows
from tests.storage.rows import HERE, at, new_id

NEW = {
    "reports": {"stage", "reviewing", "closed", "held", "quiet"},
    "voices": {"grade", "graded"},
    "keys": {"generation", "made"},
    "windows": {"counted"},
}
"""Columns that a store of revision 0001 does not have."""


def first_revision(path: Path) -> None:
    """Make a store as the first version of the program made it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as look:
        look.execute("PRAGMA journal_mode = WAL")


def keep(database: sqlite3.Connection, table: str, given: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(given))
    names = ", ".join(f'"{name}"' for name in given)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(given.values()))  # noqa: S608 - our names


def keep_row(database: sqlite3.Connection, row: Any) -> None:
    """Insert a row with what its class had in the first revision."""
    table = TABLES[type(row)].name
    given = {
        each.name: getattr(row, each.name) for each in fields(row) if each.name not in NEW.get(table, ())
    }
    moments = {name: int(value.timestamp()) for name, value in given.items() if hasattr(value, "timestamp")}
    keep(database, table, {**given, **moments, **({"sweeps": 1} if table == "drafts" else {})})


WAITING = rows.report(body=bytes(range(256)) * 64)
OPENED = replace(rows.report(), desk=new_id(), delivered=at(1), opened=at(2))
HELD_BY = tuple(r.ReportKeyRow(each.id, each.id, b"wrapped") for each in (WAITING, OPENED))
WALL, VOICE = rows.wall(), new_id()
OTHERS = (
    r.KeyRow(new_id(), "routing", b"wrapped"),
    r.WorkspaceRow(HERE, at(0)),
    rows.desk(),
    rows.draft(),
    replace(rows.waiting(), subject=WAITING.id),
    rows.post(OPENED.id),
    WALL,
    rows.digest().row,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of revision 0001 in which every table has rows."""
    made = tmp_path / "metoo.db"
    first_revision(made)
    with closing(sqlite3.connect(made)) as database, database:
        for row in (WAITING, OPENED, *HELD_BY, *OTHERS):
            keep_row(database, row)
        keep(database, "voices", {"window": WALL.id, "token": VOICE, "value": 1, "shown": 0, "moved": 0})
        keep(database, "counters", {"workspace": HERE, "kind": "wall", "week": "2026-W48", "sum": 7})
    return made


def contents(path: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of every table, without the columns that are new."""
    with closing(sqlite3.connect(path)) as look:
        look.row_factory = sqlite3.Row
        names = [row[0] for row in look.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: {
                tuple(value for column, value in zip(row.keys(), row, strict=True) if column not in new)
                for row in look.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name of the schema
            }
            for name in names
            if name != "alembic_version"
            for new in (NEW.get(name, set()),)
        }


async def test_every_row_of_the_first_revision_is_there_after_the_upgrade(path: Path) -> None:
    before = contents(path)
    assert all(before.values())
    await (await open_sqlite(str(path))).close()
    fresh = (
        "messages",
        "attachments",
        "leaves",
        "trees",
        "watches",
        "cases",
        "audit",
        "setups",
        "chosen",
        "supports",
        "locks",
        "endings",
        "upkeep",
        "erasures",
        "remarks",
        "held",
        "shares",
        "matches",
        "keepers",
        "installations",
        "tickets",
        "presses",
        "attempts",
    )
    new: dict[str, set[Any]] = {name: set() for name in fresh}
    assert contents(path) == before | new
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("SELECT version_num FROM alembic_version").fetchall() == [(head(),)]
        assert look.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert look.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_its_reports_are_sent_and_nothing_else_happened_to_them(path: Path) -> None:
    store = await open_sqlite(str(path))
    assert await store.read(r.ReportById(WAITING.id)) == WAITING
    assert await store.read(r.ReportByLocator(OPENED.locator)) == OPENED
    assert set(await store.read(r.ReportsSince(HERE, "2026-W01"))) == {WAITING, OPENED}
    assert await store.read(r.ReportKeys(WAITING.id)) == (HELD_BY[0],)
    assert await store.read(r.OpenWindows()) == (WALL,)
    await store.close()


async def test_its_reports_can_be_answered_withdrawn_and_erased(path: Path) -> None:
    store = await open_sqlite(str(path))
    said = r.AddMessage(rows.message(OPENED.id, side="desk", when=at(3)))
    assert await store.write(said, r.MarkReviewing(OPENED.id, at(4))) == (True, True)
    assert await store.write(r.Withdraw(WAITING.id), r.Withdraw(OPENED.id)) == (True, True)
    assert await store.read(r.ReportById(WAITING.id)) is None
    assert await store.write(r.EraseReport(OPENED.id)) == (True,)
    assert await store.read(r.ReportById(OPENED.id)) is None
    await store.close()


async def test_its_voices_are_counted_once(path: Path) -> None:
    store = await open_sqlite(str(path))
    moving = r.MoveCount(WALL.id, "2026-W48", 1)
    assert await store.write(moving, r.CastVoice(WALL.id, VOICE, stands=False), moving) == (True, True, False)
    assert await store.read(r.Counted(HERE, "wall", "2026-W48")) == {"2026-W48": 8}
    await store.close()
