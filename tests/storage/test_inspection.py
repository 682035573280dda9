"""The look at what is stored shows the rows that are there, beside the store that serves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import records as r
from bot.errors import StoreError
from storage.inspection import TableDump, dump
from storage.sqlite import SqliteStore
from storage.tables import METADATA
from tests.storage import rows


async def test_it_shows_every_row_of_every_table(sqlite: SqliteStore, tmp_path: Path) -> None:
    long, short = rows.draft(b"\xab" * 4096), rows.draft(b"\x00\xff")
    await sqlite.write(
        r.PutDraft(long), r.PutDraft(short), r.AddWorkspace(r.WorkspaceRow(rows.HERE, rows.at(0)))
    )
    shown = {each.table: each for each in await dump(tmp_path / "metoo.db")}
    assert set(shown) == {*METADATA.tables, "alembic_version"}
    expected = {(long.id.hex(), "ab" * 24 + "… (4096 bytes)", "0"), (short.id.hex(), "00ff", "0")}
    assert shown["drafts"].columns == ("id", "sealed", "sweeps")
    assert set(shown["drafts"].rows) == expected
    moment = str(int(rows.at(0).timestamp()))
    assert shown["workspaces"] == TableDump("workspaces", ("id", "since"), ((rows.HERE, moment),))


async def test_what_is_not_known_yet_is_shown_empty(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.write(rows.filing(rows.report()))
    [reports] = [each for each in await dump(tmp_path / "metoo.db") if each.table == "reports"]
    assert dict(zip(reports.columns, reports.rows[0], strict=True))["delivered"] == ""


async def test_it_makes_no_file_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "nothing.db"
    with pytest.raises(StoreError, match=r"nothing\.db"):
        await dump(path)
    assert not path.exists()
