"""What ends by itself: the rows, questions and changes of retention and erasure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.escrow import ShareRow
from bot.records.questions import Query
from bot.records.rows import OutboxRow, ReportKeyRow


@dataclass(frozen=True, slots=True)
class LifeRow:
    """How long a report lives: what it is, and when it is to end; nothing of what it says.

    `seen` is the closing for which the end `due` was set, and `warned` when its desk was told; None before.
    """

    report: bytes
    workspace: str
    stage: str
    expires: str
    desk: bytes | None
    closed: datetime | None
    held: datetime | None
    seen: datetime | None = None
    due: datetime | None = None
    warned: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndingRow:
    """When a closed report is to end: for which closing that was set, and when its desk was told."""

    report: bytes
    seen: datetime
    due: datetime
    warned: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpkeepRow:
    """How far a job has come that must never run twice for one moment."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """The mark of a report that was erased (see `bot.erased`), until it stands in the list outside the store."""

    mark: bytes


@dataclass(frozen=True, slots=True)
class Lives(Query[tuple[LifeRow, ...]]):
    """Every report of every workspace, in no order."""


@dataclass(frozen=True, slots=True)
class UpkeepOf(Query[datetime | None]):
    """How far a job has come."""

    name: str


@dataclass(frozen=True, slots=True)
class Erasures(Query[tuple[bytes, ...]]):
    """The marks of what was erased that the list outside the store may lack, in the order of their bytes."""


@dataclass(frozen=True, slots=True)
class PutEnding:
    """Keep when a report is to end, in place of what was kept; no effect if the report is gone."""

    row: EndingRow


@dataclass(frozen=True, slots=True)
class DropEnding:
    """A report is not to end; no effect if it was not to."""

    report: bytes


@dataclass(frozen=True, slots=True)
class PutUpkeep:
    """Keep how far a job has come."""

    row: UpkeepRow


@dataclass(frozen=True, slots=True)
class DropErasures:
    """These marks stand in the list outside the store; no effect if none is kept here."""

    marks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EndReport:
    """Erase a report with all that belongs to it, and let `gone` wait, which takes its posts away.

    No effect if it is held, or not as it was seen: of this stage, this month and this closing.
    """

    report: bytes
    stage: str
    expires: str
    closed: datetime | None
    gone: OutboxRow


@dataclass(frozen=True, slots=True)
class Rewrap:
    """Let a report live until another month: `after` are its keys and shares under the key of that month.

    No effect unless its keys and shares are exactly those `before`: somebody else may have sent it elsewhere since.
    """

    report: bytes
    expires: str
    before: tuple[ReportKeyRow | ShareRow, ...]
    after: tuple[ReportKeyRow | ShareRow, ...]
