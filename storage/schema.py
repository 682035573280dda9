"""Bringing a database to the schema of this program, forward only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import Misconfigured, StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """The revision of this program."""
    (revision,) = _script().get_heads()
    return revision


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def lacks_revisions(connection: Connection) -> bool:
    """Whether a database has rows of an older program, which are going to be changed."""
    return revision_of(connection) in {each.revision for each in _script().walk_revisions()} - {head()}


def migrate(connection: Connection, name: str, revision: str = "head") -> None:
    """Run the revisions that a database lacks, up to one; the caller commits. `name` is what an operator calls it.

    Raises `Misconfigured` for a database, or a revision, of a newer program.
    """
    known = {each.revision for each in _script().walk_revisions()} | {"head", None}
    has = revision_of(connection)
    if has not in known or revision not in known:
        raise Misconfigured(
            f"the store {name} was written by a newer version of metoo; "
            "run that version or a later one, or restore a backup made by this one"
        )
    if has != head():
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


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))
