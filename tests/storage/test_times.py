"""The times of a store's files are always those of a moment ago, so that none is the moment of a press."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import records as r
from storage.sqlite import open_sqlite
from storage.times import FileTimes
from tests.storage import rows

NAMES = ("metoo.db", "metoo.db-wal", "metoo.db-shm")
NEVER = 3600.0


def age(folder: Path) -> None:
    """Make the files look as if nothing had been written for decades."""
    for each in folder.iterdir():
        os.utime(each, (0, 0))


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def old(folder: Path) -> set[str]:
    return {name for name in NAMES if (folder / name).exists() and not (folder / name).stat().st_mtime_ns}


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not done():
            await asyncio.sleep(0.002)


async def test_they_are_set_again_and_again_though_nothing_is_written(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"), times=0.005)
    await store.write(r.PutDraft(rows.draft()))
    assert all((tmp_path / name).exists() for name in NAMES)
    content = {name: (tmp_path / name).read_bytes() for name in NAMES}
    for _ in range(3):
        age(tmp_path)
        await until(lambda: not old(tmp_path))
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == content
    await store.close()


async def test_they_are_set_when_it_closes_and_closing_waits_for_none(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"), times=NEVER)
    await store.settled()
    age(tmp_path)
    await store.read(r.Keys())
    await store.close()
    assert names(tmp_path) == {"metoo.db", "metoo.db-lock"}
    assert old(tmp_path) == set()


async def test_writing_and_compacting_go_on_meanwhile(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"), pause=0.001, times=0)
    for _ in range(10):
        row = rows.draft()
        assert await store.write(r.PutDraft(row)) == (True,)
        await store.compact()
        assert await store.write(r.DropDraft(row.id)) == (True,)
        await store.settled()
    await store.close()


async def test_nothing_is_set_any_more_once_it_is_closed(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"), times=0)
    await store.close()
    assert "file times" not in {each.get_name() for each in asyncio.all_tasks()}


async def test_a_file_that_is_missing_keeps_no_other_from_being_set_and_none_is_made(tmp_path: Path) -> None:
    for name in ("metoo.db", "metoo.db-shm"):
        (tmp_path / name).touch()
    age(tmp_path)
    with capture_logs() as logged:
        times = FileTimes(tmp_path / "metoo.db", 0.001)
        await until(lambda: not old(tmp_path))
        await times.close()
    assert names(tmp_path) == {"metoo.db", "metoo.db-shm"}
    assert logged == []


async def test_times_that_cannot_be_set_are_said_once_until_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.touch()  # a file in the place of the folder: not missing, and no times to set in it
    calls: list[Path] = []
    real = os.utime

    def counting(path: Path, *given: None) -> None:
        calls.append(path)
        real(path, *given)

    monkeypatch.setattr(os, "utime", counting)
    with capture_logs() as logged:
        times = FileTimes(folder / "metoo.db", 0.001)
        await until(lambda: len(calls) > 3)
        assert [each["log_level"] for each in logged] == ["warning"]
        folder.unlink()
        tried = len(calls)
        await until(lambda: len(calls) > tried + 6)
        folder.touch()
        tried = len(calls)
        await until(lambda: len(calls) > tried + 3)
        await times.close()
    assert [each["log_level"] for each in logged] == ["warning", "warning"]
    assert str(tmp_path) not in str(logged)
