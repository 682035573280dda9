"""Every error of a driver becomes a `StoreError` that says what went wrong and repeats no value."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import MetooError, StoreError

_REASONS = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_CONSTRAINT: "a row does not fit the others or its table",
    sqlite3.SQLITE_CORRUPT: "its file is damaged; restore a backup",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_NOTADB: "its file is not a database, or damaged",
    sqlite3.SQLITE_PERM: "access to its file is denied",
    sqlite3.SQLITE_READONLY: "its file cannot be written",
}
"""By primary result code. The driver's own text is left to the cause, because it may hold values."""

_DRIVER = (SQLAlchemyError, sqlite3.Error, OSError, ValueError, OverflowError)


def store_error(sentence: str, error: BaseException) -> StoreError:
    """A sentence and the reason, with the error as its cause."""
    failed = StoreError(f"{sentence}: {_reason(error)}")
    failed.__cause__ = error
    return failed


def _reason(error: BaseException) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        return _REASONS.get(code & 0xFF, f"SQLite's result code {code}")
    if isinstance(origin, OSError):
        return origin.strerror or "the system refused it"
    return type(origin).__name__


@contextmanager
def faults(sentence: str) -> Iterator[None]:
    """Errors of a driver within become a `StoreError` with this sentence, chained to their cause."""
    try:
        yield
    except MetooError:
        raise
    except _DRIVER as error:
        raise store_error(sentence, error) from error
