"""Callers that wait at the same time share a commit, and none is told "saved" before it or instead of it."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot import records as r
from bot.errors import StoreError
from storage.inspection import dump
from storage.sqlite import SqliteStore
from tests.storage import rows
from tests.storage.rows import new_id
from tests.storage.stores import driver_of


async def statements(store: SqliteStore) -> list[str]:
    """What the write connection runs from now on."""
    seen: list[str] = []
    await driver_of(store).set_trace_callback(seen.append)
    return seen


async def held(store: SqliteStore) -> asyncio.Task[tuple[bool, ...]]:
    """Let the writer take a first call, so that all calls after it wait together."""
    first = asyncio.create_task(store.write(r.AddCount("first", "k", "w", 1)))
    await asyncio.sleep(0)
    return first


async def shown(store: SqliteStore, window: bytes) -> int:
    row = await store.read(r.WindowById(window))
    assert row is not None
    return row.shown


async def test_a_thousand_presses_share_a_few_commits(sqlite: SqliteStore) -> None:
    window = rows.wall()
    await sqlite.write(r.OpenWindow(window))
    seen = await statements(sqlite)
    calls = (sqlite.write(r.CastVoice(window.id, new_id(), stands=True)) for _ in range(1000))
    assert await asyncio.gather(*calls) == [(True,)] * 1000
    assert 1 <= seen.count("COMMIT") <= 4
    await sqlite.write(r.MoveCount(window.id, "2026-W48", 1))
    assert await shown(sqlite, window.id) == 1000


async def test_other_changes_share_commits_too(sqlite: SqliteStore) -> None:
    filed = [rows.filing(rows.report()) for _ in range(300)]
    seen = await statements(sqlite)
    assert await asyncio.gather(*map(sqlite.write, filed)) == [(True,)] * 300
    assert seen.count("COMMIT") <= 3
    assert len(await sqlite.read(r.ReportsSince(rows.HERE, "2026-W01"))) == 300


async def test_the_last_press_of_each_person_is_the_one_that_counts(sqlite: SqliteStore) -> None:
    window, tokens = rows.wall(), [new_id() for _ in range(50)]
    await sqlite.write(r.OpenWindow(window))
    presses = [
        sqlite.write(r.CastVoice(window.id, token, stands=(turn + index) % 2 == 0))
        for turn in range(8)
        for index, token in enumerate(tokens)
    ]
    await asyncio.gather(*presses)
    await sqlite.write(r.MoveCount(window.id, "2026-W48", 1))
    assert await shown(sqlite, window.id) == 25  # those whose last turn, the eighth, was "stand"


@pytest.mark.parametrize("together", [True, False])
async def test_taking_back_what_was_never_given_leaves_no_token(
    sqlite: SqliteStore, tmp_path: Path, *, together: bool
) -> None:
    window = rows.wall()
    await sqlite.write(r.OpenWindow(window))
    others = (r.AgeDrafts(),) if together else ()
    await sqlite.write(*others, r.CastVoice(window.id, new_id(), stands=False))
    assert await sqlite.read(r.Ungraded(window.id)) == ()
    stored = {each.table: each.rows for each in await dump(tmp_path / "metoo.db")}
    assert stored["voices"] == stored["presses"] == ()


async def test_callers_take_effect_in_the_order_in_which_they_came(sqlite: SqliteStore) -> None:
    window, token = rows.wall(), new_id()
    voice = r.CastVoice(window.id, token, stands=True)
    first = await held(sqlite)
    changes: list[r.Change] = [voice, r.OpenWindow(window), voice, r.CloseWindow(window.id), voice]
    took = await asyncio.gather(*map(sqlite.write, changes))
    assert took == [(False,), (True,), (True,), (True,), (False,)]
    await first


@pytest.mark.parametrize("place", [0, 1, 150, 299])
async def test_a_caller_whose_changes_fail_fails_alone(sqlite: SqliteStore, place: int) -> None:
    drafts = [rows.draft() for _ in range(300)]
    poison = replace(rows.draft(), sealed="a text where bytes belong")  # type: ignore[arg-type]  # the poison
    extra = rows.draft()
    changes: list[tuple[r.Change, ...]] = [(r.PutDraft(each),) for each in drafts]
    changes[place] = (r.PutDraft(extra), r.PutDraft(poison))
    results = await asyncio.gather(*(sqlite.write(*each) for each in changes), return_exceptions=True)
    assert [index for index, each in enumerate(results) if each != (True,)] == [place]
    assert isinstance(results[place], StoreError)
    assert await sqlite.read(r.DraftById(extra.id)) is None
    assert await sqlite.read(r.DraftById(drafts[place - 1].id)) == drafts[place - 1]


@pytest.mark.parametrize("poison", [None, "text", 7, object()])
async def test_a_voice_that_fails_fails_alone(sqlite: SqliteStore, poison: object) -> None:
    window = rows.wall()
    await sqlite.write(r.OpenWindow(window))
    tokens: list[object] = [new_id() for _ in range(100)]
    tokens[40] = poison
    voices = [r.CastVoice(window.id, each, stands=True) for each in tokens]  # type: ignore[arg-type]  # the poison
    results = await asyncio.gather(*map(sqlite.write, voices), return_exceptions=True)
    assert [index for index, each in enumerate(results) if each != (True,)] == [40]
    await sqlite.write(r.MoveCount(window.id, "2026-W48", 1))
    assert await shown(sqlite, window.id) == 99


async def test_a_change_nobody_knows_fails_alone(sqlite: SqliteStore) -> None:
    unknown = sqlite.write("not a change")  # type: ignore[arg-type]  # the defect under test
    results = await asyncio.gather(unknown, sqlite.write(r.PutDraft(rows.draft())), return_exceptions=True)
    assert isinstance(results[0], StoreError)
    assert results[1] == (True,)


async def test_a_failed_commit_fails_everybody_and_nothing_is_saved(sqlite: SqliteStore) -> None:
    driver = driver_of(sqlite)
    drafts = [rows.draft() for _ in range(20)]
    refuse, tries = True, list[bool]()

    def authorize(action: int, what: str, *_: object) -> int:
        commit = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        tries.append(commit)
        return sqlite3.SQLITE_DENY if commit and refuse else sqlite3.SQLITE_OK

    await driver.set_authorizer(authorize)
    results = await asyncio.gather(
        *(sqlite.write(r.PutDraft(each)) for each in drafts), return_exceptions=True
    )
    assert all(isinstance(each, StoreError) for each in results)
    assert sum(tries) == 1  # after a failed sync, a second try can succeed without anything on the disk
    refuse = False
    assert await sqlite.write(r.PutDraft(rows.draft())) == (True,)
    assert [await sqlite.read(r.DraftById(each.id)) for each in drafts] == [None] * 20


async def test_a_full_disk_is_said_and_the_writer_goes_on_when_there_is_room(sqlite: SqliteStore) -> None:
    driver = driver_of(sqlite)
    [(pages,)] = await driver.execute_fetchall("PRAGMA page_count")
    await driver.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    big = rows.filing(rows.report(body=b"x" * 100_000))
    with pytest.raises(StoreError, match="the disk is full"):
        await sqlite.write(big)
    await driver.execute_fetchall("PRAGMA max_page_count = 100000")
    assert await sqlite.write(big) == (True,)


async def test_a_cancelled_caller_leaves_all_or_nothing_and_a_working_writer(sqlite: SqliteStore) -> None:
    pairs = [(rows.draft(), rows.draft()) for _ in range(100)]
    first = await held(sqlite)
    calls = [asyncio.create_task(sqlite.write(*map(r.PutDraft, pair))) for pair in pairs]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results[1::2] == [(True, True)] * 50
    assert all(isinstance(each, asyncio.CancelledError) for each in results[::2])
    await sqlite.write(r.AddCount("last", "k", "w", 1))
    for one, other in pairs:
        found = await sqlite.read(r.DraftById(one.id)), await sqlite.read(r.DraftById(other.id))
        assert found in [(one, other), (None, None)]
    await first


async def test_a_broken_connection_fails_every_caller_and_leaves_none_waiting(sqlite: SqliteStore) -> None:
    await driver_of(sqlite).close()
    calls = [sqlite.write(r.PutDraft(rows.draft())) for _ in range(20)]
    results = await asyncio.gather(*calls, sqlite.compact(), return_exceptions=True)
    assert all(isinstance(each, StoreError) for each in results)


async def test_closing_saves_what_still_waits(sqlite: SqliteStore) -> None:
    calls = [asyncio.create_task(sqlite.write(r.PutDraft(rows.draft()))) for _ in range(50)]
    await asyncio.sleep(0)
    await sqlite.close()
    assert await asyncio.gather(*calls) == [(True,)] * 50


async def test_a_cancelled_read_leaves_no_reader_behind(sqlite: SqliteStore) -> None:
    reading = [asyncio.create_task(sqlite.read(r.Keys())) for _ in range(20)]
    await asyncio.sleep(0)
    for each in reading:
        each.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    row = rows.draft()
    await sqlite.write(r.PutDraft(row), r.DropDraft(row.id))
    await sqlite.settled()
    assert await sqlite.read(r.Keys()) == ()
