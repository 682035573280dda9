"""Keys of windows: what opens a secret lies outside the database, and goes when the window closes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError, UnsealError
from bot.records import CloseWindow, OpenWindows, Walls, WindowRow
from bot.rotation import Rotation
from bot.vault import Vault, token
from bot.window_keys import WindowKeys, slot
from tests.world import TUESDAY, WORKSPACE, World, said, world

PEOPLE = [f"P{n}" for n in range(1, 61)]
PRESSED = {f"P{n}" for n in range(20, 26)}
BATCH = timedelta(minutes=16)


def keys_of(w: World) -> WindowKeys:
    means = w.means
    return WindowKeys(Vault(means.keyring, means.random), means.settings.keys.perishable, means.random)


def files(w: World) -> list[Path]:
    return [file for folder in w.means.settings.keys.perishable for file in (folder / "windows").glob("*")]


async def open_window(w: World) -> WindowRow:
    (row,) = await w.store.read(OpenWindows())
    return row


def named(keys: WindowKeys, row: WindowRow, copied: Path) -> set[str]:
    """Whom a thief finds in a copy of the database who has every key of the server and what the folders hold now."""
    try:
        secret = keys.unseal(row)
    except UnsealError:
        return set()
    with closing(sqlite3.connect(copied)) as copy:
        marks = {each for (each,) in copy.execute("SELECT token FROM voices")}
    return {who for who in PEOPLE if token(secret, str(WORKSPACE), who) in marks}


def wall(w: World) -> str:
    return said(w.posts("solidarity")[-1])


async def test_a_copy_of_the_database_from_while_it_was_open_names_nobody_once_it_has_closed(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.stand(w.posts("solidarity")[0], *range(20, 26))
        await w.jump(BATCH)
        row, folder = await open_window(w), tmp_path / "copied"
        folder.mkdir()
        for file in tmp_path.glob("store.db*"):
            shutil.copy(file, folder)
        assert (
            named(keys_of(w), row, folder / "store.db") == PRESSED
        )  # while it is open, this search finds them
        assert len(files(w)) == 2
        await w.service._solidarity.close(row)
        assert named(keys_of(w), row, folder / "store.db") == set()
        assert files(w) == []


async def test_a_window_that_ends_by_itself_takes_its_key_with_it(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        (before,) = {file.name for file in files(w)}
        await w.jump(timedelta(days=31))
        await w.jump(BATCH)
        (after,) = {file.name for file in files(w)}  # that of the next wall
        assert before != after


async def test_what_is_left_by_a_crash_goes_with_the_next_batch(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        row, keys = await open_window(w), keys_of(w)
        orphan = WindowRow(
            bytes(16), str(WORKSPACE), "wall", bytes(16), b"", w.clock.now(), w.clock.now(), 0, b""
        )
        keys.seal(orphan, bytes(32))
        await w.store.write(CloseWindow(row.id))  # as if we were killed before its key went
        await w.jump(BATCH)
        assert set(keys.there()) == {orphan.id}  # which another process may just be opening
        await w.jump(timedelta(days=1))
        await w.jump(BATCH)
        assert not set(keys.there()) & {orphan.id, row.id}


async def test_a_copy_that_is_lost_or_damaged_is_healed_by_the_other(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        row, keys = await open_window(w), keys_of(w)
        secret = keys.unseal(row)
        first, second = files(w)
        was = first.read_bytes()
        first.write_bytes(was[:40])
        assert keys.unseal(row) == secret
        second.unlink()
        assert keys.unseal(row) == secret
        assert [file.read_bytes() for file in (first, second)] == [was, was]
        assert {file.stat().st_mode & 0o777 for file in (first, second)} == {0o600}


async def test_without_either_copy_a_press_is_answered_calmly_and_the_window_closes(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        for file in files(w):
            file.unlink()
        w.service._solidarity.forget()
        shown = w.posts("solidarity")[0]
        answer = await w.press("P20", shown, shown.buttons[0].label)
        assert "Traceback" not in str(answer)
        assert w.sql("SELECT count(*) FROM voices") == [(0,)]
        await w.jump(timedelta(days=31))
        assert any(not each.secret for each in await w.store.read(Walls()))


async def test_a_window_of_a_version_without_such_keys_is_counted_until_it_closes(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        row, keys = await open_window(w), keys_of(w)
        bare = Vault(w.means.keyring, w.means.random).seal_secret(slot(row), keys.unseal(row))
        with closing(sqlite3.connect(w.file)) as file, file:
            file.execute("UPDATE windows SET secret = ?", (bare,))
        keys.destroy(row.id)
        w.service._solidarity.forget()
        await w.stand(w.posts("solidarity")[0], *range(20, 26))
        await w.jump(BATCH)
        assert "5–9" in wall(w)


async def test_changing_keys_leaves_an_open_window_counting(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.stand(w.posts("solidarity")[0], *range(20, 26))
        rotation = Rotation(w.means)
        await rotation.rotate(lambda *_: None)
        await rotation.retire(lambda *_: None)
        w.service._solidarity.forget()
        await w.stand(w.posts("solidarity")[0], *range(20, 26))
        await w.jump(BATCH)
        assert w.sql("SELECT shown FROM windows") == [(6,)]


async def test_a_window_does_not_open_where_its_key_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        row, keys = await open_window(w), keys_of(w)
        keys.destroy(row.id)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("bot.window_keys.write_file", full)
        with pytest.raises(StoreError, match="No space left"):
            keys.seal(row, bytes(32))
        assert files(w) == []
