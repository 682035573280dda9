"""The changes to reports and their conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.rows import (
    MessageRow,
    OutboxRow,
    ReportKeyRow,
    ReportRow,
)


@dataclass(frozen=True, slots=True)
class FileReport:
    """Keep a report, its keys and its delivery, if it has one; no effect at all if the report is known already."""

    report: ReportRow
    keys: tuple[ReportKeyRow, ...]
    delivery: OutboxRow | None


@dataclass(frozen=True, slots=True)
class RouteReport:
    """Send a report to a desk, for the first time or anew; no effect if it is withdrawn or gone.

    `keys` replace those of the same holders; no effect either if the report lives until another month than
    `expires`, under whose key they are (empty: not asked). No desk has it until it is delivered. With `stage` "kept"
    it goes to none, and is a private record again.
    """

    report: bytes
    routing: bytes
    keys: tuple[ReportKeyRow, ...]
    delivery: OutboxRow
    expires: str = ""
    stage: str = "sent"


@dataclass(frozen=True, slots=True)
class PutRouting:
    """Keep what routing knows of a report, in place of what it knew; no effect if it is gone."""

    report: bytes
    routing: bytes


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a report back: erase it with all that belongs to it if no desk has it, else mark it.

    One that is held is never erased, but marked. What is `later` waits to be posted only if it is marked. No
    effect if it is withdrawn already or gone.
    """

    report: bytes
    later: tuple[OutboxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Restore:
    """Undo a withdrawal; no effect if there is none."""

    report: bytes


@dataclass(frozen=True, slots=True)
class EraseReport:
    """Erase a withdrawn report with all that belongs to it, and let `gone` wait, which takes its posts away.

    No effect if it is not withdrawn, or held.
    """

    report: bytes
    gone: OutboxRow | None = None


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    """A desk got a report; no effect if one has it already."""

    report: bytes
    desk: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkOpened:
    """A handler read a report; no effect if one did before."""

    report: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkReviewing:
    """A desk looks into a report; no effect if it did before."""

    report: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkClosed:
    """A desk closes a report (`at`) or it is open again (None); no effect if it is so already."""

    report: bytes
    at: datetime | None


@dataclass(frozen=True, slots=True)
class MarkHeld:
    """Lay a legal hold on a report (`at`) or end it (None); no effect if it is so already."""

    report: bytes
    at: datetime | None


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Add to a conversation, and let it wait to be posted if it has a delivery; no effect if it is known.

    Nor if its report is gone, or anybody but its writer adds to a withdrawn one.
    """

    row: MessageRow
    delivery: OutboxRow | None = None


@dataclass(frozen=True, slots=True)
class MarkArrived:
    """A desk got a reporter's message; no effect if it has it already."""

    message: bytes
    at: datetime
