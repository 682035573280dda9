"""A store moves to PostgreSQL whole, and comes back from a backup there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from bot import records as r
from bot.backup import Backup
from bot.clock import SystemClock
from bot.config import StorageSettings
from bot.erased import Erased
from bot.errors import Misconfigured, StoreError, StoreLocked
from bot.keys import Keyring, Purpose
from bot.months import Months
from bot.restoring import restore
from storage.moving import Moved, move
from storage.opening import build_store, read_store
from storage.postgres import PostgresStore, open_postgres
from storage.sqlite import open_sqlite
from tests.postgres import Server
from tests.storage import rows
from tests.storage.rows import HERE, new_id

ROOT = bytes(range(32))
FILED = [rows.filing(rows.delivered(rows.report(body=bytes([n]) * 5000))) for n in range(40)]
DRAFT, WALL = rows.draft(), rows.wall()
TOKENS = [new_id() for _ in range(30)]


async def furnished(path: Path) -> Path:
    store = await open_sqlite(str(path))
    await store.write(*FILED, r.PutDraft(DRAFT), r.OpenWindow(WALL))
    await store.write(*(r.CastVoice(WALL.id, each, stands=True) for each in TOKENS))
    await store.close()
    return path


def unwatched(done: int, count: int) -> None:
    """Nobody looks at the progress."""


async def test_everything_is_there_after_a_move_and_can_be_used(tmp_path: Path, server: Server) -> None:
    seen: list[tuple[int, int]] = []
    with server.database() as url:
        moved = await move(await furnished(tmp_path / "a.db"), url, "", lambda *at: seen.append(at))
        assert seen[-1] == (moved.rows, moved.rows)
        assert not moved.before
        store = await open_postgres(url)
        assert await store.read(r.DraftById(DRAFT.id)) == DRAFT
        assert await store.read(r.WindowById(WALL.id)) == WALL
        assert set(await store.read(r.ReportsSince(HERE, "2026-W01"))) == {each.report for each in FILED}
        assert await store.write(r.CastVoice(WALL.id, TOKENS[0], stands=False)) == (True,)
        assert await store.write(r.MoveCount(WALL.id, "2026-W48", 1)) == (True,)
        assert (await store.read(r.OpenWindows()))[0].shown == 29
        await store.close()


async def test_run_again_it_says_it_is_done_and_writes_nothing(tmp_path: Path, server: Server) -> None:
    path = await furnished(tmp_path / "a.db")
    with server.database() as url:
        first = await move(path, url, "", unwatched)
        assert await move(path, url, "", unwatched) == Moved(first.rows, before=True)


async def test_what_is_there_already_and_not_the_same_is_left_as_it_is(
    tmp_path: Path, server: Server
) -> None:
    path = await furnished(tmp_path / "a.db")
    with server.database() as url:
        store, row = await open_postgres(url), rows.draft()
        await store.write(r.PutDraft(row))
        with pytest.raises(StoreError, match="is not what is in the file"):
            await move(path, url, "", unwatched)
        assert await store.read(r.DraftById(row.id)) == row
        assert await store.read(r.DraftById(DRAFT.id)) is None
        await store.close()
    with server.database() as url:
        server.do("CREATE TABLE photos (id int)", database=str(make_url(url).database))
        with pytest.raises(Misconfigured, match="tables of another program"):
            await move(path, url, "", unwatched)


async def test_interrupted_it_leaves_nothing_and_can_be_run_again(tmp_path: Path, server: Server) -> None:
    path = await furnished(tmp_path / "a.db")

    def interrupt(done: int, count: int) -> None:
        if done > count // 2:
            raise OSError(5, "the wire broke")

    with server.database() as url:
        with pytest.raises(StoreError, match="nothing was moved"):
            await move(path, url, "", interrupt)
        assert not (await move(path, url, "", unwatched)).before


async def test_a_store_that_is_being_served_does_not_move(tmp_path: Path, database: str) -> None:
    store = await open_sqlite(str(tmp_path / "a.db"))
    with pytest.raises(StoreLocked, match="stop it first"):
        await move(tmp_path / "a.db", database, "", unwatched)
    await store.close()


async def test_the_command_moves_it_and_says_what_to_do_then(tmp_path: Path, server: Server) -> None:
    await furnished(tmp_path / "metoo.db")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("METOO_")}
    clean["PYTHONPATH"] = str(Path(__file__).parents[2])
    with server.database() as url:
        command = [sys.executable, "-m", "bot", "migrate", "--to", url]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "counted and compared" in done.stdout
    assert "Then erase" in done.stdout


async def test_a_backup_of_it_is_restored_into_an_empty_database_and_nowhere_else(
    postgres: PostgresStore, database: str, tmp_path: Path, server: Server
) -> None:
    random = Random(1)
    folders = (tmp_path / "months", tmp_path / "copy")
    keyring, made = Keyring.open(ROOT, (), random)
    Months(folders, keyring.key(Purpose.MONTHS), random).mark(fresh=True)
    Erased(folders).add(())
    month = replace(FILED[0].report, expires="2099-01")
    await postgres.write(*map(r.AddKey, made), replace(FILED[0], report=month), r.OpenWindow(WALL))
    await postgres.write(*(r.CastVoice(WALL.id, each, stands=True) for each in TOKENS))
    await Backup(tmp_path / "safe", ROOT, SystemClock(), random, unwatched).make(
        lambda take: read_store(StorageSettings(url=database), take)
    )

    async def bring_back(url: str) -> None:
        await restore(
            tmp_path / "safe",
            ROOT,
            folders,
            lambda revision, fill: build_store(StorageSettings(url=url), revision, fill),
            clock=SystemClock(),
            random=random,
        )

    with server.database() as url:
        await bring_back(url)
        again = await open_postgres(url)
        assert await again.read(r.ReportById(month.id)) == month
        assert await again.read(r.WindowById(WALL.id)) == replace(WALL, secret=b"")
        assert await again.read(r.Ungraded(WALL.id)) == ()
        await again.close()
        with pytest.raises(StoreError, match=r"a store in .* already"):
            await bring_back(url)
    with pytest.raises(StoreError, match=r"a store in .* already"):
        await bring_back(database)
