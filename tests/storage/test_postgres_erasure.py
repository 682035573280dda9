"""After an erasure no client of PostgreSQL sees anything of what was erased, wherever SQL can look."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

import psycopg
import pytest

from bot import records as r
from storage.postgres import PostgresStore
from tests.postgres import Server
from tests.storage import rows
from tests.storage.test_erasure import ERASURES, PLANTED

DRAFT = rows.draft(
    PLANTED + token_bytes(20_000)
)  # which nothing can make smaller, and so lies apart from its row

_TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind IN ('r', 't', 'm', 'S') AND relnamespace <> 'information_schema'::regnamespace
"""
_ELSEWHERE = ("SELECT loid, data FROM pg_largeobject", "SELECT pid, query FROM pg_stat_activity")


def seen(server: Server, where: str = "tables") -> set[str]:
    """Every place in which a client finds the planted bytes: tables of ours and of the system, and long values."""
    tables = [str(name) for (name,) in server.ask(_TABLES, where)]
    found = set()
    with psycopg.connect(server.url(where), autocommit=True) as connection:
        for asked in (*map("SELECT * FROM {}".format, tables), *_ELSEWHERE):
            with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
                rows = connection.execute(asked.encode()).fetchall()
                if any(_has(value) for row in rows for value in row):
                    found.add(asked.rpartition(" ")[2])
    return found


def _has(value: object) -> bool:
    content = value if isinstance(value, bytes) else str(value).encode()
    return PLANTED in content or PLANTED.hex().encode() in content


@pytest.mark.parametrize("name", ERASURES)
async def test_no_client_sees_anything_of(postgres: PostgresStore, server: Server, name: str) -> None:
    planting, erasing = ERASURES[name]
    for changes in planting:
        await postgres.write(*changes)
    server.do("ANALYZE", database="tables")
    assert not {each for each in seen(server) if each.startswith("pg_stat")}
    assert seen(server)
    assert await postgres.write(erasing) == (True,)
    await postgres.settled()
    assert seen(server) == set()


async def test_it_is_vacuumed_without_anybody_asking(postgres: PostgresStore, server: Server) -> None:
    await postgres.settled()
    pages = "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'drafts'"
    await postgres.write(r.PutDraft(DRAFT))
    assert server.ask(pages, "tables") != [(0,)]
    await postgres.write(r.DropDraft(DRAFT.id))
    async with asyncio.timeout(60):
        while server.ask(pages, "tables") != [(0,)]:
            await asyncio.sleep(0.01)


async def test_it_is_not_settled_while_somebody_can_still_read_it(
    postgres: PostgresStore, server: Server
) -> None:
    await postgres.write(r.PutDraft(DRAFT))
    with psycopg.connect(server.url("tables")) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM drafts")
        await postgres.write(r.DropDraft(DRAFT.id))
        waiting = asyncio.create_task(postgres.settled())
        before = postgres._writer._residue.tries
        async with asyncio.timeout(60):
            while postgres._writer._residue.tries < before + 3:
                await asyncio.sleep(0.01)
        assert not waiting.done()
    async with asyncio.timeout(60):
        await waiting


async def test_after_compacting_the_files_of_the_tables_hold_nothing_of_it(
    postgres: PostgresStore, server: Server
) -> None:
    """What VACUUM leaves in them ends with the files; the log of the database keeps it, and the documents say so."""
    await postgres.write(r.PutDraft(DRAFT))
    await postgres.write(r.DropDraft(DRAFT.id))
    await postgres.compact()
    server.do("CHECKPOINT")
    [(oid,)] = server.ask("SELECT oid FROM pg_database WHERE datname = 'tables'")
    assert not [each for each in (server.data / "base" / str(oid)).iterdir() if _in(each)]
    assert [each for each in (server.data / "pg_wal").glob("0*") if _in(each)]


def _in(file: Path) -> bool:
    return PLANTED in file.read_bytes()
