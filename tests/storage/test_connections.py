"""Every connection that the store really opens is as careful as DESIGN says."""

from __future__ import annotations

import asyncio
import sqlite3
import sqlite3.dbapi2
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bot import records as r
from storage.inspection import dump
from storage.sqlite import open_sqlite
from storage.sqlite_engine import READERS
from tests.storage import rows

EVERYWHERE = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "secure_delete": 1,
    "temp_store": 2,  # MEMORY
    "trusted_schema": 0,
    "foreign_keys": 1,
    "busy_timeout": 5000,
}

Pragmas = dict[str, str | int]


class Watched(sqlite3.Connection):
    """Says what its pragmas are when it has been used and is closed."""

    opened: ClassVar[list[object]] = []
    found: ClassVar[list[Pragmas]] = []

    def close(self) -> None:
        asked = (*EVERYWHERE, "query_only")
        self.found.append({name: self.execute(f"PRAGMA {name}").fetchone()[0] for name in asked})
        super().close()


@pytest.fixture
def at_close(monkeypatch: pytest.MonkeyPatch) -> tuple[list[object], list[Pragmas]]:
    """Every connection that is opened, and what its pragmas are when it has been used and is closed."""
    connect = sqlite3.connect

    def connecting(*given: Any, **named: Any) -> sqlite3.Connection:
        made = connect(*given, **named, factory=Watched)
        Watched.opened.append(made)
        return made

    for each in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(each, "connect", connecting)
    Watched.opened, Watched.found = [], []
    return Watched.opened, Watched.found


async def test_every_connection_has_its_pragmas(
    tmp_path: Path, at_close: tuple[list[object], list[Pragmas]]
) -> None:
    opened, found = at_close
    store = await open_sqlite(str(tmp_path / "metoo.db"), pause=0.01)
    await store.write(r.PutDraft(rows.draft()), r.AgeDrafts(1))
    await store.settled()
    await asyncio.gather(*(store.read(r.Keys()) for _ in range(50)))
    await dump(tmp_path / "metoo.db")
    await store.compact()
    await store.close()
    assert len(opened) == len(found) == 1 + READERS + 1  # the writer, the pool, the look
    for each in found:
        assert {name: each[name] for name in EVERYWHERE} == EVERYWHERE
    assert sorted(int(each["query_only"]) for each in found) == [0] + [1] * (READERS + 1)
