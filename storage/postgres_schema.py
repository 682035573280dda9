"""Bringing a PostgreSQL database to this program's revision: all of it in one transaction, or nothing."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import Misconfigured
from storage.faults import faults
from storage.postgres_address import address, shown
from storage.postgres_engine import reading_engine
from storage.postgres_locks import OTHERS, UPGRADE
from storage.schema import lacks_revisions, migrate, outdated, revision_of

_OURS = "metoo"
"""The comment on the table of the revision, by which a database is known as ours."""

_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
"""

_COLUMNS = """
SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
AND attstattarget IS DISTINCT FROM 0
"""


async def prepare(engine: AsyncEngine, name: str) -> None:
    """Make or upgrade the tables. Raises Misconfigured, and changes nothing, where tables of another program are."""
    async with engine.begin() as connection:
        await connection.run_sync(prepared, name)


async def behind(url: str, password: str = "") -> str:
    """A sentence if an older version of metoo made the tables; else nothing. Raises StoreError."""
    with faults(f"the store {shown(url)} cannot be opened"):
        older = await outdated(reading_engine(address(url, password), kept=False))
    return (
        f"An older version of metoo made the tables of {shown(url)}; the next `metoo run` upgrades them, and refuses"
        " while an older process serves."
        if older
        else ""
    )


def prepared(core: Connection, name: str, revision: str = "head") -> None:
    """The same in a transaction that the caller commits."""
    core.exec_driver_sql(UPGRADE)
    must_be_ours(core, name)
    before = revision_of(core)
    if lacks_revisions(core):
        _must_be_unserved(core, name)
    migrate(core, name, revision)
    if revision_of(core) != before:
        core.execute(text(f"COMMENT ON TABLE alembic_version IS '{_OURS}'"))
        _keep_no_samples(core)


def _must_be_unserved(core: Connection, name: str) -> None:
    """Raises Misconfigured while processes of the older program serve: tables would change below them."""
    serving = core.exec_driver_sql(OTHERS, (0,)).scalar_one()
    if serving:
        raise Misconfigured(
            f"{name} is from an older version of metoo and served by {serving} of its processes; stop them all, then"
            " start this version once: it changes the tables"
        )


def _keep_no_samples(core: Connection) -> None:
    """Let ANALYZE take none: they would outlive the rows that they are from, where every client can read them."""
    for table, column in core.execute(text(_COLUMNS)).all():
        core.execute(text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS 0'))


def must_be_ours(core: Connection, name: str) -> bool:
    """Whether tables of ours are there. Raises Misconfigured for a database with others."""
    there = core.scalars(text(_TABLES)).all()
    if not there:
        return False
    said = core.scalar(text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')"))
    if said != _OURS:
        raise Misconfigured(
            f"{name} holds tables of another program, and was left as it is; give metoo a database of its own,"
            " or let storage.url name another one"
        )
    return True
