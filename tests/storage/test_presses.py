"""What was pressed waits in a journal: in its order, as long for everybody, and gone with its window."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from inspect import getsource
from pathlib import Path

import pytest

from bot import records as r
from storage import presses
from storage.changes import apply
from storage.queries import answer
from storage.sqlite import SqliteStore, open_sqlite
from tests.storage import rows
from tests.stored import voices_seen_by


def asked(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as look:
        return look.execute(statement).fetchall()


async def journal(store: SqliteStore, file: Path, *voices: r.CastVoice) -> list[int]:
    """The lengths of the journal's rows after each of these was cast."""
    for each in voices:
        assert await store.write(each) == (True,)
    return [
        len(row)
        for (row,) in asked(file, "SELECT voices FROM presses ORDER BY nth")
        if isinstance(row, bytes)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "metoo.db"


@pytest.mark.parametrize("grade", [None, b"8 bytes."])
async def test_who_takes_back_leaves_as_many_bytes_as_who_stands(
    sqlite: SqliteStore, file: Path, grade: bytes | None
) -> None:
    window, token = rows.wall(), rows.new_id()
    await sqlite.write(r.OpenWindow(window))
    cast = [r.CastVoice(window.id, token, stands, grade) for stands in (False, True, True, False)]
    lengths = await journal(sqlite, file, *cast)
    assert len(lengths) == 4
    assert len(set(lengths)) == 1


async def test_the_last_press_counts_whichever_commit_it_came_with(sqlite: SqliteStore, file: Path) -> None:
    window, kept, left = rows.wall(), rows.new_id(), rows.new_id()
    await sqlite.write(r.OpenWindow(window))
    for token, stands in ((kept, False), (kept, True), (left, True), (left, False)):
        await sqlite.write(r.CastVoice(window.id, token, stands))
    with closing(sqlite3.connect(file)) as look:
        voices_seen_by(look)
        assert look.execute("SELECT token, value FROM voices").fetchall() == [(kept, 1)]
    (voice,) = await sqlite.read(r.Ungraded(window.id)) or [None]
    assert voice is None  # none has moved, and yet the question put every voice in its place
    assert asked(file, "SELECT token, value FROM voices") == [(kept, 1)]
    assert asked(file, "SELECT * FROM presses") == []


async def test_a_store_that_was_killed_counts_what_its_journal_held(
    sqlite: SqliteStore, file: Path, tmp_path: Path
) -> None:
    window, token = rows.wall(), rows.new_id()
    await sqlite.write(r.OpenWindow(window))
    await sqlite.write(r.CastVoice(window.id, token, stands=True))
    copy = tmp_path / "copy" / "metoo.db"
    copy.parent.mkdir()
    for end in ("", "-wal"):
        copy.with_name(f"metoo.db{end}").write_bytes(file.with_name(f"metoo.db{end}").read_bytes())
    again = await open_sqlite(str(copy))
    try:
        assert asked(copy, "SELECT token, value FROM voices") == [(token, 1)]
    finally:
        await again.close()


async def test_a_journal_that_grows_long_is_worked_off_in_between(
    sqlite: SqliteStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite_session.MOST", 3)
    window = rows.wall()
    await sqlite.write(r.OpenWindow(window))
    lengths = await journal(
        sqlite, file, *(r.CastVoice(window.id, rows.new_id(), stands=True) for _ in range(6))
    )
    assert len(lengths) == 2
    assert asked(file, "SELECT count(*) FROM voices") == [(4,)]


async def test_what_was_pressed_in_a_window_goes_with_it_and_nothing_stays_in_a_file(
    sqlite: SqliteStore, file: Path
) -> None:
    window, tokens = rows.wall(), [rows.new_id() for _ in range(50)]
    await sqlite.write(r.OpenWindow(window))
    await journal(sqlite, file, *(r.CastVoice(window.id, each, stands=True) for each in tokens))
    await sqlite.write(r.CloseWindow(window.id))
    assert await sqlite.write(r.CastVoice(window.id, tokens[0], stands=True)) == (False,)
    await sqlite.settled()
    left = b"".join(each.read_bytes() for each in file.parent.glob("metoo.db*"))
    assert not [each for each in tokens if each in left]
    assert asked(file, "SELECT count(*) FROM voices") == [(0,)]


async def test_who_took_back_what_they_never_gave_is_in_no_file_once_it_was_counted(
    sqlite: SqliteStore, file: Path
) -> None:
    window, token = rows.wall(), rows.new_id()
    await sqlite.write(r.OpenWindow(window))
    await sqlite.write(r.CastVoice(window.id, token, stands=False))
    await sqlite.read(r.Ungraded(window.id))
    await sqlite.settled()
    assert not [each for each in file.parent.glob("metoo.db*") if token in each.read_bytes()]


def test_everything_that_looks_at_voices_is_named() -> None:
    looking = {
        kind
        for each in (apply, answer)
        for kind, function in each.registry.items()
        if "t.voices" in getsource(function)
    }
    assert looking
    assert looking <= set(presses.OF_VOICES)
