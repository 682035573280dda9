"""The file of an SQLite store: its address, its lock, and whether it is ours."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured, StoreError, StoreLocked
from storage.faults import faults, store_error

APPLICATION_ID = 0x6D65746F
"""Bytes 68 to 71 of our files; `file` and SQLite's tools read them."""

_MAGIC = b"SQLite format 3\x00"


def file_of(url_or_path: str) -> Path:
    """The absolute path behind sqlite:///relative, sqlite:////absolute or a plain path."""
    if "://" not in url_or_path:
        return Path(url_or_path).expanduser().resolve()
    try:
        url = make_url(url_or_path)
    except ArgumentError as error:
        raise Misconfigured("storage.url is not an address; an example is sqlite:///metoo.db") from error
    if url.drivername != "sqlite" or url.host or url.query or url.database in (None, "", ":memory:"):
        raise Misconfigured(
            "storage.url must name a file, such as sqlite:///metoo.db or sqlite:////var/lib/metoo.db"
        )
    return Path(str(url.database)).resolve()


def existing(path: str | Path) -> Path:
    """The absolute path of a file that is there."""
    found = Path(path).resolve()
    if not found.is_file():
        raise StoreError(f"there is no store at {found}")
    return found


def restoring(path: Path) -> Path:
    """Where a store is made anew from a backup, until it is whole."""
    return path.with_name(f"{path.name}-restoring")


class FileLock:
    """The right to serve a file. The system takes it back when the process ends, however it ends.

    It is a lock on a file beside the database: closing a descriptor of the database itself would drop
    SQLite's own locks on it.
    """

    def __init__(self, path: Path) -> None:
        beside = path.with_name(f"{path.name}-lock")
        if not path.parent.is_dir():
            raise StoreError(f"the folder {path.parent} does not exist; create it or change storage.url")
        with faults(f"the store {path} cannot be opened for writing"):
            self._descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(path)
        except StoreError:
            self.release()
            raise

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreLocked(f"another metoo is serving the store {path}; stop it first") from error
        except OSError as error:
            raise store_error(f"the store {path} cannot be locked", error) from error

    def release(self) -> None:
        """Let others serve the file. The lock file stays: deleting it would let two processes hold one each."""
        os.close(self._descriptor)


def claim(path: Path) -> None:
    """Make the file if it is not there. Only for whoever holds its lock.

    Raises `Misconfigured`, and has changed nothing, where the file is not a store of ours.
    """
    if not path.exists() and restoring(path).exists():
        raise Misconfigured(
            f"a restore to {path} was interrupted, so there is no whole store; run `metoo restore` again"
        )
    with faults(f"the store {path} cannot be opened"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            header = os.read(descriptor, 100)
        finally:
            os.close(descriptor)
    if not header or (not header.strip(b"\0") and _undone(path)):
        return
    if not header.startswith(_MAGIC) or header[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        raise Misconfigured(f"{path} is not a store of metoo; move it away or change storage.url")


def _undone(path: Path) -> bool:
    """Whether SQLite has yet to undo a first start that lost its power: then zeros can stand for a header."""
    return path.with_name(f"{path.name}-journal").exists()
