"""Bringing a database to the schema of this program, forward only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import Misconfigured

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection, name: str) -> None:
    """Run the revisions that a database lacks; the caller commits. `name` is what an operator calls it.

    Raises `Misconfigured` for a database that a newer program has written.
    """
    script = ScriptDirectory(str(_MIGRATIONS))
    has = set(MigrationContext.configure(connection).get_current_heads())
    if has - {each.revision for each in script.walk_revisions()}:
        raise Misconfigured(
            f"the store {name} was written by a newer version of metoo; "
            "run that version or a later one, or restore a backup made by this one"
        )
    if has != set(script.get_heads()):
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
