"""PostgreSQL is restarted, crashes, is full or slow: what was answered "saved" is there, and the log says what was."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot import records as r
from bot.errors import StoreError
from storage import postgres_cleaning, postgres_session
from storage.postgres import PostgresStore, open_postgres
from tests.postgres import Server, serving
from tests.storage import rows
from tests.storage.rows import new_id


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that syncs, for this test alone."""
    with serving(
        max_connections="14", superuser_reserved_connections="0", reserved_connections="0"
    ) as started:
        yield started


class People:
    """Ten who write without a pause, and are told of each."""

    def __init__(self, store: PostgresStore, window: bytes) -> None:
        self.saved: list[bytes] = []
        self._store = store
        self._window = window
        self._tasks = [asyncio.create_task(self._live()) for _ in range(10)]

    async def _live(self) -> None:
        while True:
            draft, token = rows.draft(), new_id()
            await self._store.write(r.PutDraft(draft), r.AddCount("w", "k", "2026-W48", 1))
            await self._store.write(r.CastVoice(self._window, token, stands=True))
            self.saved.append(draft.id)

    async def until(self, number: int) -> None:
        async with asyncio.timeout(60):
            while len(self.saved) < number:
                for each in self._tasks:
                    if each.done():
                        each.result()
                await asyncio.sleep(0.01)

    async def rest(self) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.mark.parametrize("how", ["stop", "crash"])
async def test_after_it_was_down_everything_that_was_saved_is_there_once(own: Server, how: str) -> None:
    store = await open_postgres(own.url(), patience=60)
    window = rows.wall()
    await store.write(r.OpenWindow(window))
    people = People(store, window.id)
    with capture_logs() as logs:
        await people.until(100)
        await asyncio.to_thread(getattr(own, how))
        await asyncio.to_thread(own.start)
        await people.until(len(people.saved) + 100)
        await people.rest()
    await store.write(
        r.AddCount("other", "k", "2026-W48", 1)
    )  # what was cancelled while it waited is through
    assert [each["event"] for each in logs] == ["the database went away", "the database is back"]
    for each in people.saved:
        assert await store.read(r.DraftById(each)) is not None
    [(drafts,)] = own.ask("SELECT count(*) FROM drafts")
    counted = await store.read(r.Counted("w", "k", "2026-W01"))
    assert counted == {"2026-W48": drafts}
    await store.close()


REPLICATED = {"wal_level": "replica", "max_wal_senders": "4"}


@pytest.mark.parametrize("meant", ["primary", "read-write"])
async def test_a_synchronous_standby_that_takes_over_has_everything_that_was_saved_once(meant: str) -> None:
    with serving(**REPLICATED) as first, serving(first, **REPLICATED) as second:
        first.do("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        url = f"postgresql://metoo@/postgres?host={first.folder},{second.folder}&target_session_attrs={meant}"
        store = await open_postgres(url, patience=60)
        window = rows.wall()
        await store.write(r.OpenWindow(window))
        people = People(store, window.id)
        await people.until(100)
        [(receiver,)] = second.ask("SELECT pid FROM pg_stat_wal_receiver")
        assert isinstance(receiver, int)
        os.kill(receiver, signal.SIGSTOP)  # what comes now does not reach it
        await asyncio.sleep(0.3)
        await asyncio.to_thread(first.crash)
        os.kill(receiver, signal.SIGCONT)
        second.do("SELECT pg_promote()")
        await people.until(len(people.saved) + 100)
        await people.rest()
        await store.write(r.AddCount("other", "k", "2026-W48", 1))
        for each in people.saved:
            assert await store.read(r.DraftById(each)) is not None
        [(drafts,)] = second.ask("SELECT count(*) FROM drafts")
        assert await store.read(r.Counted("w", "k", "2026-W01")) == {"2026-W48": drafts}
        await store.close()


@pytest.mark.parametrize("others", [0, 50])
@pytest.mark.parametrize("pressed", [False, True])
async def test_what_a_crash_lost_is_saved_again_whoever_got_its_number_since(
    own: Server, monkeypatch: pytest.MonkeyPatch, others: int, pressed: bool
) -> None:
    store = await open_postgres(own.url(), patience=60)
    window, token, draft = rows.wall(), new_id(), rows.draft()
    await store.write(r.OpenWindow(window))
    kinds = AsyncConnection, psycopg.AsyncConnection
    commits = {kind: kind.commit for kind in kinds}
    crashed = []

    async def crash_first(connection: Any) -> None:
        for kind in kinds:
            monkeypatch.setattr(kind, "commit", commits[kind])
        await asyncio.to_thread(own.crash)
        await asyncio.to_thread(own.start)
        with psycopg.connect(own.url()) as somebody:
            for _ in range(others):
                crashed.append(somebody.execute("SELECT pg_current_xact_id()").fetchone())
                somebody.commit()
        await connection.commit()

    for kind in kinds:
        monkeypatch.setattr(kind, "commit", crash_first)
    if pressed:
        await store.write(r.CastVoice(window.id, token, stands=True))
        assert [voice for (voice,) in own.ask("SELECT length(voices) FROM presses")] != [0]
    else:
        await store.write(r.PutDraft(draft), r.AddCount("w", "k", "2026-W48", 1))
        assert await store.read(r.DraftById(draft.id)) == draft
        assert await store.read(r.Counted("w", "k", "2026-W01")) == {"2026-W48": 1}
    assert len(crashed) == others
    await store.close()
    assert own.ask("SELECT count(*) FROM attempts") == [(0,)]


async def test_no_more_connections_is_said_and_over_once_there_are_some(own: Server) -> None:
    store = await open_postgres(own.url(), patience=0.1)
    await store.write(r.PutDraft(rows.draft()))
    taken = []
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(own.url()))
    assert len(taken) < 14
    with pytest.raises(StoreError, match="the database takes no more connections"):
        await open_postgres(own.url())
    assert await store.write(r.PutDraft(rows.draft())) == (True,)
    for each in taken:
        each.close()
    await (await open_postgres(own.url())).close()
    await store.close()


async def test_while_somebody_holds_a_lock_people_wait_and_the_log_says_so(
    postgres: PostgresStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_session, "SLOW", 0.05)
    row = rows.draft()
    await postgres.settled()
    with capture_logs() as logs, psycopg.connect(server.url("tables")) as holder:
        holder.execute("LOCK TABLE drafts")
        writing = asyncio.create_task(postgres.write(r.PutDraft(row)))
        async with asyncio.timeout(60):
            while not logs:
                await asyncio.sleep(0.01)
        assert not writing.done()
        holder.rollback()
        assert await writing == (True,)
    assert [each["event"] for each in logs] == ["the database is slow"]
    assert await postgres.read(r.DraftById(row.id)) == row


async def test_while_somebody_holds_a_table_erasing_waits_for_it_and_people_do_not(
    postgres: PostgresStore, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_cleaning, "_PATIENCE", "SET lock_timeout = '50ms'")
    gone, kept = rows.draft(), rows.draft()
    await postgres.write(r.PutDraft(gone))
    await postgres.settled()
    with psycopg.connect(server.url("tables")) as holder:
        holder.execute("LOCK TABLE keepers")
        await postgres.write(r.DropDraft(gone.id))
        wiped = asyncio.create_task(postgres.settled())
        async with asyncio.timeout(60):
            for _ in range(5):
                await postgres.write(r.PutDraft(kept))
                await asyncio.sleep(0.1)
        assert not wiped.done()
        holder.rollback()
    await wiped
    assert await postgres.read(r.DraftById(kept.id)) == kept
