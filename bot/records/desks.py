"""What a desk does with what it has: the rows, questions and changes of casework, audit and set-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.cases import MarkHeld, PutRouting
from bot.records.questions import Query
from bot.records.rows import DeskRow, OutboxRow, ReportRow


@dataclass(frozen=True, slots=True)
class WatchRow:
    """How many people could read a desk when it was last looked at, and how many before that; None for unknown.

    `reminded` is the last day on which it was reminded of what is due, such as 2026-11-24.
    """

    desk: bytes
    readers: int | None
    before: int | None
    reminded: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What a desk keeps of a report beside the conversation, `sealed`; each change makes `version` one higher."""

    report: bytes
    sealed: bytes
    version: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action of a handler, `sealed`, and `digest`, the SHA-256 of what is sealed.

    `number` and `head` are given by the store: a head is the SHA-256 of the head before it and of the digest.
    """

    id: bytes
    workspace: str
    at: datetime
    sealed: bytes
    digest: bytes
    number: int = 0
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class SetupRow:
    """What was set up for a workspace in chat, `sealed`."""

    workspace: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """What admins chose for a workspace in chat, `sealed`; each change makes `version` one higher."""

    workspace: str
    sealed: bytes
    version: int


@dataclass(frozen=True, slots=True)
class WatchOf(Query[WatchRow | None]):
    """What is known of a desk's readers."""

    desk: bytes


@dataclass(frozen=True, slots=True)
class CaseOf(Query[CaseRow | None]):
    """What a desk keeps of a report."""

    report: bytes


@dataclass(frozen=True, slots=True)
class ReportsAtDesks(Query[tuple[ReportRow, ...]]):
    """The reports of a workspace that desks have and may read, open and closed, in no order.

    `hidden` asks for those too that were taken back and are not erased yet.
    """

    workspace: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class AuditOf(Query[tuple[AuditRow, ...]]):
    """The audit log of a workspace, the first entry first."""

    workspace: str


@dataclass(frozen=True, slots=True)
class LastAudit(Query[AuditRow | None]):
    """The newest entry of a workspace's audit log."""

    workspace: str


@dataclass(frozen=True, slots=True)
class Setups(Query[tuple[SetupRow, ...]]):
    """Everything that was set up in chat."""


@dataclass(frozen=True, slots=True)
class Chosen(Query[tuple[ChosenRow, ...]]):
    """What admins chose, of every workspace."""


@dataclass(frozen=True, slots=True)
class PutWatch:
    """Keep how many people can read a desk."""

    row: WatchRow


@dataclass(frozen=True, slots=True)
class AppendAudit:
    """Add to the audit log of a workspace; the store gives number and head."""

    row: AuditRow


@dataclass(frozen=True, slots=True)
class PutCase:
    """Keep a case; no effect if its report is gone, or somebody changed the case since it was read.

    Its version has to be one higher than the one that is kept, and 1 where none is. What is `also` given is saved
    only if it takes effect.
    """

    row: CaseRow
    also: tuple[AppendAudit | MarkHeld | PutRouting, ...] = ()


@dataclass(frozen=True, slots=True)
class PutSetup:
    """Keep what was set up for a workspace."""

    row: SetupRow


@dataclass(frozen=True, slots=True)
class PutChosen:
    """Keep what admins chose; no effect if somebody changed it since it was read.

    Its version has to be one higher than the one that is kept, and 1 where none is. The entries of the audit log,
    new desks (without effect where one is known) and what waits to be posted are saved only with it; the workspace
    is served from `since` on, where it was not served before.
    """

    row: ChosenRow
    since: datetime
    entries: tuple[AppendAudit, ...] = ()
    desks: tuple[DeskRow, ...] = ()
    posts: tuple[OutboxRow, ...] = ()
