"""The voices of a store's file as they count, those that still wait in its journal included."""

from __future__ import annotations

import sqlite3

from storage.presses import fold


def voices_seen_by(connection: sqlite3.Connection) -> None:
    """Let this connection, and nobody else, find every voice in its place."""
    connection.execute("CREATE TEMP TABLE voices AS SELECT * FROM main.voices")
    connection.execute("CREATE UNIQUE INDEX temp.places ON voices (window, token)")
    connection.execute("CREATE TEMP TABLE presses AS SELECT * FROM main.presses")
    fold(connection)
