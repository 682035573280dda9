"""The stores under test, opened anew in a folder of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from storage.postgres import PostgresStore, open_postgres
from storage.sqlite import SqliteStore, open_sqlite
from tests.storage.stores import STORES


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "postgresql":
        (tmp_path / "url").write_text(request.getfixturevalue("database"))
    opened = await STORES[request.param](tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_sqlite(str(tmp_path / "metoo.db"), pause=0.01)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres(database: str) -> AsyncIterator[PostgresStore]:
    opened = await open_postgres(database, pause=0.01)
    yield opened
    await opened.close()
