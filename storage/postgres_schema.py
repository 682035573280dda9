"""Bringing a PostgreSQL database to this program's revision: all of it in one transaction, or nothing."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import Misconfigured
from storage.postgres_locks import UPGRADE
from storage.schema import migrate

_OURS = "metoo"
"""The comment on the table of the revision, by which a database is known as ours."""

_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
"""


async def prepare(engine: AsyncEngine, name: str) -> None:
    """Make or upgrade the tables. Raises Misconfigured, and changes nothing, where tables of another program are."""
    async with engine.begin() as connection:
        await connection.run_sync(prepared, name)


def prepared(core: Connection, name: str, revision: str = "head") -> None:
    """The same in a transaction that the caller commits."""
    core.exec_driver_sql(UPGRADE)
    must_be_ours(core, name)
    migrate(core, name, revision)
    core.execute(text(f"COMMENT ON TABLE alembic_version IS '{_OURS}'"))


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
