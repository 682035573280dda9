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
    sqlite3.SQLITE_IOERR: "the disk failed or is full",
    sqlite3.SQLITE_NOTADB: "its file is not a database, or damaged",
    sqlite3.SQLITE_PERM: "access to its file is denied",
    sqlite3.SQLITE_READONLY: "its file cannot be written",
}
"""By primary result code. The driver's own text is left to the cause, because it may hold values."""

_STATES = {
    "08": "the database cannot be reached",
    "23": "a row does not fit the others or its table",
    "28": "the database refuses this user or password",
    "3D": "there is no such database",
    "42501": "this user may not do that in the database",
    "53100": "the disk is full",
    "53200": "the database has no memory left",
    "53300": "the database takes no more connections",
    "53": "the database lacks something it needs",
    "55P03": "another program holds it",
    "57P": "the database was stopped or is starting",
    "58": "the disk failed",
    "XX": "its data is damaged; restore a backup",
    "25006": "the database can only be read; is it a standby?",
}
"""By the beginning of PostgreSQL's state, the longest that fits. Its own text is left to the cause likewise."""

_REFUSED = {
    "too many clients": _STATES["53300"],
    "connection slots": _STATES["53300"],
    "password authentication": _STATES["28"],
    "no password supplied": _STATES["28"],
    "starting up": _STATES["57P"],
    "shutting down": _STATES["57P"],
    "does not exist": _STATES["3D"],
    "does not support SSL": "the database offers no TLS; turn it on there, or say sslmode=disable in storage.url",
}
"""What PostgreSQL says to whoever gets no connection; the driver has only its words then."""

_DRIVER = (SQLAlchemyError, sqlite3.Error, OSError, ValueError, OverflowError)


def store_error(sentence: str, error: BaseException) -> StoreError:
    """A sentence and the reason, with the error as its cause."""
    failed = StoreError(f"{sentence}: {reason(error)}")
    failed.__cause__ = error
    return failed


def reason(error: BaseException) -> str:
    """Why a driver failed, in our words."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        return _REASONS.get(code & 0xFF, f"SQLite's result code {code}")
    if _state(origin):
        return _said(_state(origin))
    if type(origin).__module__.startswith("psycopg"):  # no state: no session came to be
        return next((said for part, said in _REFUSED.items() if part in str(origin)), _STATES["08"])
    if isinstance(origin, OSError):
        return origin.strerror or "the system refused it"
    return type(origin).__name__


def _state(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""


def _said(state: str) -> str:
    fits = [each for each in _STATES if state.startswith(each)]
    return _STATES[max(fits, key=len)] if fits else f"PostgreSQL's state {state}"


def went_away(error: BaseException) -> bool:
    """Whether a connection to PostgreSQL broke or could not be made, as opposed to an answer that was no."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    state = _state(origin)
    if state:
        return state.startswith(("08", "57P", "53300"))
    return type(origin).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")


def asks_again(error: BaseException) -> bool:
    """Whether PostgreSQL undid a transaction only because another one ran beside it."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return _state(origin).startswith("40")


@contextmanager
def faults(sentence: str) -> Iterator[None]:
    """Errors of a driver within become a `StoreError` with this sentence, chained to their cause."""
    try:
        yield
    except MetooError:
        raise
    except _DRIVER as error:
        raise store_error(sentence, error) from error
