"""Keys and what is sealed under them: the questions and changes of rotation, and of locked inboxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.records.questions import Query
from bot.records.rows import DeskRow, KeyRow, LockRow

Reference = tuple[Any, ...]
"""The values of a row's primary key."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row of any class, its primary key, and its workspace (or that of its report)."""

    reference: Reference
    row: Any
    workspace: str


@dataclass(frozen=True, slots=True)
class SealedUnder(Query[tuple[Found, ...]]):
    """Rows of a class whose `column` begins with this.

    They come in the order of their primary key, after one of them. An envelope begins with its version and the
    id of its key.
    """

    kind: type
    column: str
    prefix: bytes
    after: Reference = ()
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class CountUnder(Query[int]):
    """How many rows of a class have a `column` that begins with this."""

    kind: type
    column: str
    prefix: bytes


@dataclass(frozen=True, slots=True)
class ColumnsUnder(Query[tuple[str, ...]]):
    """Every column of every table, such as "reports.routing", in which any value begins with this."""

    prefix: bytes


@dataclass(frozen=True, slots=True)
class LocksOf(Query[tuple[LockRow, ...]]):
    """Every way to unlock a desk's inbox, in no order."""

    desk: bytes


@dataclass(frozen=True, slots=True)
class AddKey:
    """Keep a server key; no effect if there is one for its purpose and generation."""

    row: KeyRow


@dataclass(frozen=True, slots=True)
class RewrapKeys:
    """Keep server keys as they are wrapped now; all of them together."""

    rows: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True)
class DropKey:
    """Destroy a server key; no effect if it is gone."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Reseal:
    """Keep values of one column as they are sealed now: for each, its row, what was there, and what is to be.

    A value that somebody changed in the meantime is left as it is.
    """

    kind: type
    column: str
    values: Sequence[tuple[Reference, bytes, bytes]]


@dataclass(frozen=True, slots=True)
class PutLock:
    """Keep a way to unlock an inbox, in place of the one with its id."""

    row: LockRow


@dataclass(frozen=True, slots=True)
class DropLock:
    """Take a way to unlock an inbox; no effect if it is gone."""

    id: bytes


@dataclass(frozen=True, slots=True)
class LockInbox:
    """Put a desk's private half under lock, with the ways to unlock it; no effect if it is not as it was."""

    desk: DeskRow
    private: bytes
    locks: tuple[LockRow, ...]
