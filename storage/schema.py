"""Bringing a database to the schema of this program, forward only.

Alembic is imported where there is something to bring: a start that finds its schema would wait for it and keep it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, column, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import Misconfigured, StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"

_REVISION = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:None|"(\w+)")$', re.MULTILINE)
_VERSION = "alembic_version"
"""Alembic's table."""


def head() -> str:
    """The revision of this program."""
    (revision,) = set(_revisions()) - set(_revisions().values())
    return revision


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not connection.dialect.has_table(connection, _VERSION):
        return None
    return connection.execute(select(column("version_num")).select_from(table(_VERSION))).scalar()


def lacks_revisions(connection: Connection) -> bool:
    """Whether a database has rows of an older program, which are going to be changed."""
    return revision_of(connection) in set(_revisions()) - {head()}


async def outdated(engine: AsyncEngine) -> bool:
    """The same, asked through an engine that is of no use afterwards."""
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lacks_revisions)
    finally:
        await engine.dispose()


def migrate(connection: Connection, name: str, revision: str = "head") -> None:
    """Run the revisions that a database lacks, up to one; the caller commits. `name` is what an operator calls it.

    Raises `Misconfigured` for a database, or a revision, of a newer program.
    """
    known = {*_revisions(), "head", None}
    has = revision_of(connection)
    if revision not in known:
        raise Misconfigured(
            "this backup was made by a newer version of metoo; please use that one or a later one"
        )
    if has not in known:
        raise Misconfigured(
            f"the store {name} was written by a newer version of metoo; "
            "run that version or a later one, or restore a backup made by this one"
        )
    if has != head():
        from alembic import command  # noqa: PLC0415 - what is not used is not imported
        from alembic.config import Config  # noqa: PLC0415 - likewise

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def must_be_sound(connection: Connection, name: str) -> None:
    """Whether a database is whole, and every row refers to rows that are there. Raises `StoreError`.

    PostgreSQL takes no row that does not fit, and has no question that asks for the rest.
    """
    if connection.dialect.name != "sqlite":
        return
    wrong = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if wrong or connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
        raise StoreError(f"the store {name} is damaged; restore a backup")


@cache
def _revisions() -> dict[str, str]:
    """Every revision with the one before it, as the files say."""
    texts = [each.read_text("utf-8") for each in (_MIGRATIONS / "versions").glob("r*.py")]
    return dict(_REVISION.findall("\n".join(texts)))
