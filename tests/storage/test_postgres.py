"""What only PostgreSQL does: its addresses, its tables, and connections that break in the middle."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot import records as r
from bot.config import StorageSettings
from bot.errors import Misconfigured, StoreError
from storage import opening
from storage.opening import called, open_store
from storage.postgres import PostgresStore, open_postgres
from storage.postgres_address import address, is_postgres, shown
from storage.schema import head
from storage.tables import METADATA
from tests.postgres import Server
from tests.storage import rows
from tests.storage.rows import new_id


def _name(url: str) -> str:
    return str(make_url(url).database)


# --- addresses ---


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://metoo@db.example.org/metoo", "require"),
        ("postgres://db.example.org:5433/metoo", "require"),
        ("postgresql://a.example.org/metoo?host=/run/postgresql,b.example.org", "require"),
        ("postgresql://db.example.org/metoo?sslmode=verify-full", "verify-full"),
        ("postgresql://db.example.org/metoo?sslmode=disable", "disable"),
        ("postgresql://localhost/metoo", None),
        ("postgresql://metoo@[::1]:5432/metoo", None),
        ("postgresql://metoo@/metoo?host=/run/postgresql", None),
        ("postgresql:///metoo", None),
    ],
)
def test_over_a_network_it_is_encrypted_unless_somebody_says_otherwise(url: str, mode: str | None) -> None:
    assert is_postgres(url)
    assert address(url).query.get("sslmode") == mode


@pytest.mark.parametrize(
    "url", ["postgresql://db.example.org", "postgresql://db:port/metoo", "postgresql://x y/"]
)
def test_what_is_no_address_is_said_and_not_repeated(url: str) -> None:
    with pytest.raises(Misconfigured, match="an example is") as caught:
        address(url)
    assert url not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    url = "postgresql://metoo:open-sesame@db.example.org:5433/metoo"
    settings = StorageSettings(url=url, password=SecretStr("open-sesame"))
    assert called(settings) == shown(url) == "postgresql://db.example.org:5433/metoo"
    assert "sesame" not in repr(settings)
    assert address("postgresql://metoo@db.example.org/metoo", "open-sesame").password == "open-sesame"


async def test_a_missing_driver_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    with pytest.raises(Misconfigured, match=r"install metoo\[postgres\]"):
        await open_store(StorageSettings(url="postgresql://localhost/metoo"))


def test_its_driver_is_imported_only_where_it_is_named() -> None:
    code = "import sys, bot.__main__; sys.exit('psycopg' in sys.modules)"
    here = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=here).returncode == 0  # noqa: S603


async def test_a_database_that_is_not_there_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such database"):
        await open_postgres(server.url("nowhere"))
    with pytest.raises(StoreError, match="the database cannot be reached"):
        await open_postgres(f"postgresql:///metoo?host={tmp_path}")


# --- tables ---


async def test_the_revisions_make_the_tables_of_the_program(postgres: PostgresStore) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async with postgres._readers.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_tables_are_not_changed_below_processes_of_an_older_version(server: Server) -> None:
    with server.database() as url:
        name = make_url(url).database or ""
        older = await open_postgres(url)
        await older.neighbours.news()
        server.do("UPDATE alembic_version SET version_num = '0031'", "DROP TABLE attempts", database=name)
        with pytest.raises(Misconfigured, match="served by 1 of its processes; stop them all"):
            await open_postgres(url)
        assert "the next `metoo run` upgrades them" in await opening.older(StorageSettings(url=url))
        assert server.ask("SELECT version_num FROM alembic_version", name) == [("0031",)]
        await older.close()
        await (await open_postgres(url)).close()
        assert server.ask("SELECT version_num FROM alembic_version", name) == [(head(),)]
        assert await opening.older(StorageSettings(url=url)) == ""


async def test_two_processes_can_make_the_tables_at_the_same_moment(server: Server) -> None:
    with server.database() as url:
        stores = await asyncio.gather(*(open_postgres(url) for _ in range(3)))
        row = rows.draft()
        await stores[0].write(r.PutDraft(row))
        assert [await each.read(r.DraftById(row.id)) for each in stores] == [row] * 3
        for each in stores:
            await each.close()


async def test_a_database_of_another_program_is_refused_and_left_alone(server: Server) -> None:
    with server.database() as url:
        server.do("CREATE TABLE photos (id int)", database=_name(url))
        with pytest.raises(Misconfigured, match="tables of another program"):
            await open_postgres(url)
        tables = server.ask(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200", _name(url)
        )
        assert tables == [("photos",)]


async def test_a_store_of_a_newer_program_is_refused_and_left_alone(server: Server) -> None:
    with server.database() as url:
        await (await open_postgres(url)).close()
        server.do("UPDATE alembic_version SET version_num = '9999'", database=_name(url))
        with pytest.raises(Misconfigured, match="newer version"):
            await open_postgres(url)
        assert server.ask("SELECT version_num FROM alembic_version", _name(url)) == [("9999",)]


async def test_who_reads_cannot_write(postgres: PostgresStore) -> None:
    async with postgres._readers.connect() as connection:
        with pytest.raises(Exception, match="read-only transaction"):
            await connection.exec_driver_sql("DELETE FROM drafts")


# --- one statement for many voices ---


async def _shown(store: PostgresStore, window: bytes) -> int:
    await store.write(r.MoveCount(window, "2026-W48", 1))
    row = await store.read(r.WindowById(window))
    assert row is not None
    return row.shown


@pytest.mark.parametrize("poison", [None, "text", 7, object()])
async def test_a_voice_that_fails_fails_alone(postgres: PostgresStore, poison: object) -> None:
    window = rows.wall()
    await postgres.write(r.OpenWindow(window))
    tokens: list[object] = [new_id() for _ in range(100)]
    tokens[40] = poison
    voices = [r.CastVoice(window.id, each, stands=True) for each in tokens]  # type: ignore[arg-type]  # the poison
    results = await asyncio.gather(*map(postgres.write, voices), return_exceptions=True)
    assert [index for index, each in enumerate(results) if each != (True,)] == [40]
    assert isinstance(results[40], StoreError)
    assert await _shown(postgres, window.id) == 99


async def test_callers_take_effect_in_the_order_in_which_they_came(postgres: PostgresStore) -> None:
    window, token = rows.wall(), new_id()
    voice = r.CastVoice(window.id, token, stands=True)
    first = asyncio.create_task(postgres.write(r.AddCount("first", "k", "w", 1)))
    await asyncio.sleep(0)
    changes: list[r.Change] = [voice, r.OpenWindow(window), voice, r.CloseWindow(window.id), voice]
    assert await asyncio.gather(*map(postgres.write, changes)) == [
        (False,),
        (True,),
        (True,),
        (True,),
        (False,),
    ]
    await first


async def test_voices_are_counted_in_groups_and_none_twice(database: str) -> None:
    store = await open_postgres(database)
    window, tokens = rows.wall(), [new_id() for _ in range(300)]
    await store.write(r.OpenWindow(window))
    for stands in (True, False, True):
        calls = [store.write(r.CastVoice(window.id, each, stands)) for each in tokens * 2]
        assert await asyncio.gather(*calls) == [(True,)] * 600
    assert await _shown(store, window.id) == 300
    await asyncio.gather(
        store.write(r.CloseWindow(window.id)),
        *(store.write(r.CastVoice(window.id, new_id(), stands=True)) for _ in range(300)),
    )
    await store.close()
    again = await open_postgres(database)
    assert await again.read(r.Ungraded(window.id)) == ()
    await again.close()


async def test_the_log_is_written_and_synced_for_every_press_whatever_was_kept_before(
    postgres: PostgresStore, server: Server
) -> None:
    window, token = rows.wall(), new_id()
    await postgres.write(r.OpenWindow(window))
    await postgres.settled()
    for stands in (False, True, True, False, False):  # never given, given, again, taken back, again
        before = server.ask("SELECT pg_current_wal_flush_lsn()")
        assert await postgres.write(r.CastVoice(window.id, token, stands)) == (True,)
        assert server.ask("SELECT pg_current_wal_flush_lsn()") != before


async def test_a_caller_whose_changes_fail_fails_alone(postgres: PostgresStore) -> None:
    drafts = [rows.draft() for _ in range(60)]
    poison = replace(rows.draft(), sealed="a text where bytes belong")  # type: ignore[arg-type]  # the poison
    changes: list[r.Change] = [r.PutDraft(each) for each in drafts]
    changes[20] = r.PutDraft(poison)
    results = await asyncio.gather(*map(postgres.write, changes), return_exceptions=True)
    assert [index for index, each in enumerate(results) if each != (True,)] == [20]
    assert await postgres.read(r.DraftById(drafts[59].id)) == drafts[59]


# --- when it goes away ---

_KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'metoo'"


async def test_a_connection_that_was_cut_is_made_anew_and_nobody_notices(
    postgres: PostgresStore, server: Server
) -> None:
    row, other = rows.draft(), rows.draft()
    await postgres.write(r.PutDraft(row))
    server.do(f"{_KILL} OR application_name = 'metoo reader'")
    with capture_logs() as logs:
        assert await postgres.write(r.PutDraft(other)) == (True,)
    assert [each["event"] for each in logs] == ["the database went away", "the database is back"]
    assert await postgres.read(r.DraftById(row.id)) == row


@pytest.mark.parametrize("committed", [True, False])
async def test_what_was_cut_off_in_the_commit_is_saved_exactly_once(
    postgres: PostgresStore, server: Server, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    await postgres.write(r.AddCount("w", "k", "2026-W48", 1))
    commit = AsyncConnection.commit

    async def cut(connection: AsyncConnection) -> None:
        monkeypatch.undo()
        if committed:
            await commit(connection)
        server.do(_KILL)
        await connection.exec_driver_sql("SELECT 1")

    monkeypatch.setattr(AsyncConnection, "commit", cut)
    assert await postgres.write(r.AddCount("w", "k", "2026-W48", 1)) == (True,)
    assert await postgres.read(r.Counted("w", "k", "2026-W01")) == {"2026-W48": 2}


async def test_after_a_while_callers_hear_that_nothing_was_saved(server: Server) -> None:
    with server.database() as url:
        store = await open_postgres(url, patience=0.1)
        server.do(
            f"ALTER DATABASE {_name(url)} ALLOW_CONNECTIONS false", f"{_KILL} AND datname = '{_name(url)}'"
        )
        with pytest.raises(StoreError, match="nothing was saved: the database"):
            await store.write(r.PutDraft(rows.draft()))
        server.do(f"ALTER DATABASE {_name(url)} ALLOW_CONNECTIONS true")
        assert await store.write(r.PutDraft(rows.draft())) == (True,)
        await store.close()
