"""The list of what was erased, outside the database and its backups: a restore brings none of it back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import structlog

from bot.errors import Misconfigured
from bot.keys import sync_folder
from bot.ports import Clock, Store
from bot.records import DropErasures, Erasures

MARK = 16
"""Bytes of a mark."""

EVERY = timedelta(minutes=20)
"""How often the list is written: what was erased since the last time stands in the store alone."""

_AT_ONCE = 500
_NAME = "erased.list"
_HEAD = b"metoo erased 1\n"
_SUM = 32
_log = structlog.get_logger(__name__)


def mark(row: bytes) -> bytes:
    """What stands for a row's id in the list: BLAKE2b (RFC 7693) of it.

    Ids are 128 random bits, so that it says something only to those who have the id already; and it needs no key,
    so that it holds whatever becomes of keys.
    """
    return blake2b(row, digest_size=MARK, person=b"metoo erased v1").digest()


class Erased:
    """The marks of erased reports in two files that heal each other, beside the perishable keys.

    Marks are only ever added. Every writing writes all of them anew, in the order of their bytes: neither the
    order nor the time of any erasure can be seen. Touches the disk in every call.
    """

    def __init__(self, folders: tuple[Path, Path]) -> None:
        self._files = [folder / _NAME for folder in folders]

    def there(self) -> bool:
        """Whether there is a list at all, readable or not; who serves a store writes one within the hour."""
        return any(file.exists() for file in self._files)

    def marks(self) -> frozenset[bytes]:
        """Every mark that stands in a copy. Raises Misconfigured if a list is there and no copy can be read."""
        copies = [_read(file) for file in self._files]
        whole = [copy for copy in copies if copy]
        if not whole and any(copy is not None for copy in copies):
            raise Misconfigured(
                f"The list of what was erased is damaged in {self._files[0]} and {self._files[1]}. Put back one"
                " of the two files; without it, a restore could bring back what was erased."
            )
        return frozenset().union(*(_marks(copy) for copy in whole))

    def add(self, marks: Iterable[bytes]) -> None:
        """Write both copies anew, with these marks among the others. Raises Misconfigured where neither takes it."""
        body = b"".join(sorted(self.marks() | set(marks)))
        content = _HEAD + body + _sum(body)
        failed = [error for file in self._files if (error := _written(file, content))]
        if len(failed) == len(self._files):
            raise Misconfigured(
                f"The list of what was erased cannot be written to {self._files[0]}: {failed[0].strerror}. "
                "Both folders of keys.perishable must be writable."
            )
        for error in failed:
            _log.warning("a copy of the list of erasures cannot be written", error=error.strerror)


class Listing:
    """Brings the marks of what was erased from the store to the list."""

    def __init__(self, store: Store, erased: Erased, clock: Clock) -> None:
        self._store = store
        self._erased = erased
        self._clock = clock

    async def run(self) -> datetime:
        """A job: write the list, whether or not anything was erased, and say when to do so next."""
        marks = await self._store.read(Erasures())
        await asyncio.to_thread(self._erased.add, marks)
        for at in range(0, len(marks), _AT_ONCE):
            await self._store.write(DropErasures(marks[at : at + _AT_ONCE]))
        return self._clock.now() + EVERY


def _read(file: Path) -> bytes | None:
    """What a copy holds, checked; empty where it is damaged, None where there is none."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        return b""
    body = content[len(_HEAD) : -_SUM]
    whole = content.startswith(_HEAD) and len(body) % MARK == 0 and content[-_SUM:] == _sum(body)
    return content if whole else b""


def _marks(content: bytes) -> set[bytes]:
    body = content[len(_HEAD) : -_SUM]
    return {body[at : at + MARK] for at in range(0, len(body), MARK)}


def _sum(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SUM, person=b"metoo erased sum").digest()


def _written(file: Path, content: bytes) -> OSError | None:
    fresh = file.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)  # of a crash
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - a descriptor
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        return error
    return None
