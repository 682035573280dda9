"""The questions that the store answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.records.rows import (
    DeskRow,
    DigestRow,
    DraftRow,
    KeyRow,
    MessageRow,
    OutboxRow,
    PostRow,
    ReportKeyRow,
    ReportRow,
    WindowRow,
    WorkspaceRow,
)

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Query(Generic[T_co]):
    """A question whose answer has the type T_co."""


@dataclass(frozen=True, slots=True)
class Keys(Query[tuple[KeyRow, ...]]):
    """Every server key."""


@dataclass(frozen=True, slots=True)
class WorkspaceById(Query[WorkspaceRow | None]):
    """One workspace."""

    id: str


@dataclass(frozen=True, slots=True)
class Desks(Query[tuple[DeskRow, ...]]):
    """Every desk a workspace ever had, in no order."""

    workspace: str


@dataclass(frozen=True, slots=True)
class DraftById(Query[DraftRow | None]):
    """One draft."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ReportById(Query[ReportRow | None]):
    """One report."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ReportByLocator(Query[ReportRow | None]):
    """The report that a receipt opens."""

    locator: bytes


@dataclass(frozen=True, slots=True)
class ReportKeys(Query[tuple[ReportKeyRow, ...]]):
    """The sealed data keys of one report, in no order."""

    report: bytes


@dataclass(frozen=True, slots=True)
class MessagesOf(Query[tuple[MessageRow, ...]]):
    """The conversation about a report, in its order."""

    report: bytes


@dataclass(frozen=True, slots=True)
class MessageById(Query[MessageRow | None]):
    """One message."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ReportsSince(Query[tuple[ReportRow, ...]]):
    """Reports of a workspace filed in this week or later, in no order."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class OutboxById(Query[OutboxRow | None]):
    """One row of the outbox."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Due(Query[tuple[OutboxRow, ...]]):
    """What is due by `now`, at most `limit`: kind "report" first, then "note", then all else.

    Of each, the longest due first. However much else waits, a report never waits behind it.
    """

    now: datetime
    limit: int = 100


@dataclass(frozen=True, slots=True)
class NextDue(Query[datetime | None]):
    """The moment after `after` at which something next falls due."""

    after: datetime


@dataclass(frozen=True, slots=True)
class PostsAbout(Query[tuple[PostRow, ...]]):
    """Our posts of one kind about one subject, in no order."""

    kind: str
    subject: bytes


@dataclass(frozen=True, slots=True)
class PostsIn(Query[tuple[PostRow, ...]]):
    """All our posts in one workspace, in no order."""

    workspace: str


@dataclass(frozen=True, slots=True)
class WindowById(Query[WindowRow | None]):
    """One window, open or closed."""

    id: bytes


@dataclass(frozen=True, slots=True)
class WindowAbout(Query[WindowRow | None]):
    """The window of one kind about one subject, open or closed."""

    kind: str
    subject: bytes


@dataclass(frozen=True, slots=True)
class OpenWindows(Query[tuple[WindowRow, ...]]):
    """Every window, of every workspace, that has not been closed."""


@dataclass(frozen=True, slots=True)
class Counted(Query[Mapping[str, int]]):
    """The weekly counters of one kind since a week: week → sum of what shown counts moved by in it."""

    workspace: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class DigestOf(Query[DigestRow | None]):
    """The digest of one week."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class DigestById(Query[DigestRow | None]):
    """One digest by its id."""

    id: bytes


@dataclass(frozen=True, slots=True)
class LatestDigest(Query[DigestRow | None]):
    """The digest of the latest week decided in a workspace."""

    workspace: str
