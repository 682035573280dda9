"""The journal of presses on PostgreSQL: several processes write it beside each other, and one works it off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from bot import records as r
from bot.errors import StoreError
from storage.postgres import PostgresStore, open_postgres
from tests.postgres import Server
from tests.storage import rows
from tests.storage.test_erasure import PLANTED
from tests.storage.test_postgres_erasure import seen

JOURNAL = "SELECT length(voices) FROM presses ORDER BY nth"
VOICES = "SELECT token, value FROM voices ORDER BY token"


def asked(server: Server, statement: str) -> list[tuple[object, ...]]:
    return server.ask(statement, "tables")


@pytest.fixture
async def window(postgres: PostgresStore) -> bytes:
    row = rows.wall()
    await postgres.write(r.OpenWindow(row))
    return row.id


@pytest.fixture
async def beside(postgres: PostgresStore, database: str) -> AsyncIterator[PostgresStore]:
    """Another process's store on the same database."""
    opened = await open_postgres(database, pause=0.01, patience=1.0)
    yield opened
    await opened.close()


@pytest.mark.parametrize("grade", [None, b"8 bytes."])
async def test_who_takes_back_leaves_as_many_bytes_as_who_stands(
    postgres: PostgresStore, server: Server, window: bytes, grade: bytes | None
) -> None:
    token = rows.new_id()
    for stands in (False, True, True, False):
        await postgres.write(r.CastVoice(window, token, stands, grade))
    lengths = asked(server, JOURNAL)
    assert len(lengths) == 4
    assert len(set(lengths)) == 1


async def test_the_last_press_counts_whichever_process_it_came_to(
    postgres: PostgresStore, beside: PostgresStore, server: Server, window: bytes
) -> None:
    kept, left = sorted(rows.new_id() for _ in range(2))
    for store, stands in zip((postgres, beside) * 2, (True, False) * 2, strict=True):
        await store.write(r.CastVoice(window, left, stands))
        await store.write(r.CastVoice(window, kept, not stands))
    await postgres.read(r.Ungraded(window))
    assert asked(server, VOICES) == [(kept, 1)]
    assert asked(server, JOURNAL) == []
    await beside.write(r.CastVoice(window, kept, stands=False))
    await postgres.read(r.Ungraded(window))
    assert asked(server, VOICES) == [(kept, 0)]


async def test_processes_press_and_count_at_the_same_time_and_nothing_is_lost(
    postgres: PostgresStore, beside: PostgresStore, window: bytes
) -> None:
    tokens = [rows.new_id() for _ in range(600)]

    async def all_press(store: PostgresStore, mine: list[bytes]) -> None:
        for token in mine:
            assert await store.write(r.CastVoice(window, token, stands=True)) == (True,)

    async def count(store: PostgresStore) -> None:
        for _ in range(20):
            await store.read(r.Ungraded(window))
            await store.write(r.MoveCount(window, "2026-W48", 1))

    parts = [all_press((postgres, beside)[each % 2], tokens[each::8]) for each in range(8)]
    await asyncio.gather(count(postgres), count(beside), *parts)
    await postgres.write(r.MoveCount(window, "2026-W48", 1))
    row = await beside.read(r.WindowById(window))
    assert row is not None
    assert row.shown == 600


async def test_what_a_process_left_in_the_journal_is_counted_by_the_next(
    postgres: PostgresStore, database: str, server: Server, window: bytes
) -> None:
    token = rows.new_id()
    await postgres.write(r.CastVoice(window, token, stands=True))
    assert asked(server, VOICES) == []
    await (await open_postgres(database)).close()
    assert asked(server, VOICES) == [(token, 1)]


async def test_a_journal_that_grows_long_is_worked_off_in_between(
    postgres: PostgresStore, server: Server, window: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.presses.MOST", 3)
    for _ in range(6):
        await postgres.write(r.CastVoice(window, rows.new_id(), stands=True))
    assert len(asked(server, JOURNAL)) < 4
    assert asked(server, VOICES)


async def test_a_press_in_a_closed_window_leaves_nothing_and_others_with_it_count(
    postgres: PostgresStore, server: Server, window: bytes
) -> None:
    closed = rows.new_id()
    calls = [r.CastVoice(each, rows.new_id(), stands=True) for each in (window, closed, window)]
    assert await asyncio.gather(*map(postgres.write, calls)) == [(True,), (False,), (True,)]
    journal = b"".join(bytes(row) for (row,) in asked(server, "SELECT voices FROM presses"))  # type: ignore[call-overload]  # bytes
    assert [each.token in journal for each in calls] == [True, False, True]


@pytest.mark.parametrize("committed", [True, False])
async def test_presses_that_were_cut_off_in_the_commit_are_saved_exactly_once(
    postgres: PostgresStore,
    server: Server,
    window: bytes,
    monkeypatch: pytest.MonkeyPatch,
    *,
    committed: bool,
) -> None:
    commit, token = psycopg.AsyncConnection.commit, rows.new_id()

    async def cut(connection: psycopg.AsyncConnection) -> None:
        monkeypatch.undo()
        if committed:
            await commit(connection)
        server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'metoo'")
        await connection.execute("SELECT 1")

    monkeypatch.setattr(psycopg.AsyncConnection, "commit", cut)
    assert await postgres.write(r.CastVoice(window, token, stands=True)) == (True,)
    assert len(asked(server, JOURNAL)) == 1


async def test_no_client_sees_anything_of_who_took_back_what_they_never_gave(
    postgres: PostgresStore, server: Server, window: bytes
) -> None:
    await postgres.settled()  # with what every store wipes when it begins
    await postgres.write(r.CastVoice(window, PLANTED, stands=False))
    assert seen(server)
    await postgres.read(r.Ungraded(window))
    await postgres.settled()
    assert seen(server) == set()
    assert asked(server, "SELECT pg_relation_size('presses')") == [(0,)]  # no dead row either


async def test_a_closed_store_says_so_to_questions_about_voices_too(
    postgres: PostgresStore, window: bytes
) -> None:
    await postgres.close()
    with pytest.raises(StoreError, match="the store is closed"):
        await postgres.read(r.Ungraded(window))
