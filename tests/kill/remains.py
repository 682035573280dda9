"""What is left of a report in the bytes of a store's files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_PIECE, _STRIDE = 64, 512
_SEALED = (
    "SELECT routing FROM reports WHERE id = ?",
    "SELECT body FROM reports WHERE id = ?",
    "SELECT mailbox FROM reports WHERE id = ?",
    "SELECT wrapped FROM report_keys WHERE report = ?",
    "SELECT body FROM messages WHERE report = ?",
)


def pieces(store: Path, report: bytes) -> list[bytes]:
    """Of all that is sealed and belongs to a report; each is so short that it lies within one page of a file."""
    with closing(sqlite3.connect(store / "store.db")) as database:
        sealed = [row[0] for query in _SEALED for row in database.execute(query, (report,))]
    return [each[at : at + _PIECE] for each in sealed for at in range(0, len(each) - _PIECE, _STRIDE)]


def left(store: Path, some: list[bytes]) -> int:
    """How many of these are in any of the store's files."""
    files = [path.read_bytes() for path in store.iterdir()]
    return sum(any(piece in file for file in files) for piece in some)
