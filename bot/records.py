"""What the store keeps: its rows, the questions it answers and the changes it saves.

Ids are 16 random bytes. Moments are UTC. Weeks are ISO weeks as "2026-W48", months as "2028-11".
Columns that could hold text or a person are sealed before they come here (see `bot.vault`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

# --- rows -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A server key, wrapped by the root key."""

    id: bytes
    purpose: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A workspace we serve, and the moment from which its weeks count."""

    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A desk's inbox key pair: `public` in clear, `private` sealed by the server key."""

    id: bytes
    workspace: str
    channel: str
    public: bytes
    private: bytes


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What somebody typed and has not sent; its key is not in the store. Erased after a few `AgeDrafts`."""

    id: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report.

    `week` it was filed in; `routing` (category, kind, persons named) sealed by the server key; `body` sealed
    by the report's data key; `locator` and `mailbox` (a public key) belong to the receipt; `expires` is the
    month whose perishable key wraps the data keys. `desk`, `delivered` and `opened` are what a desk did,
    and exact; they are None before.
    """

    id: bytes
    workspace: str
    week: str
    routing: bytes
    body: bytes
    locator: bytes
    mailbox: bytes
    expires: str
    desk: bytes | None = None
    delivered: datetime | None = None
    opened: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportKeyRow:
    """A report's data key, sealed to one holder: a desk's id, or the report's own id for its mailbox."""

    report: bytes
    holder: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """What waits to be posted: `kind` says by whom it is composed, `subject` is the row it is about."""

    id: bytes
    kind: str
    subject: bytes
    workspace: str
    due: datetime


@dataclass(frozen=True, slots=True)
class PostRow:
    """A message of ours in a channel: `ref` is the platform's id of it, `shown` a digest of what it says."""

    id: bytes
    kind: str
    subject: bytes
    workspace: str
    channel: str
    ref: str
    shown: bytes


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A period in which voices are counted once per person.

    `kind` is "wall" or "statement"; `subject` the report of a statement, or the window's own id. `secret` is
    sealed, and empty once the window has closed. `shown` is the count that others may see.
    """

    id: bytes
    workspace: str
    kind: str
    subject: bytes
    secret: bytes
    opens: datetime
    closes: datetime
    shown: int = 0


@dataclass(frozen=True, slots=True)
class DigestRow:
    """What one weekly digest said, decided once; `numbers` is sealed."""

    id: bytes
    workspace: str
    week: str
    numbers: bytes


# --- questions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A question whose answer has the type T."""


@dataclass(frozen=True, slots=True)
class Keys(Query[tuple[KeyRow, ...]]):
    """Every server key."""


@dataclass(frozen=True, slots=True)
class WorkspaceById(Query["WorkspaceRow | None"]):
    """One workspace."""

    id: str


@dataclass(frozen=True, slots=True)
class Desks(Query[tuple[DeskRow, ...]]):
    """Every desk a workspace ever had, in no order."""

    workspace: str


@dataclass(frozen=True, slots=True)
class DraftById(Query["DraftRow | None"]):
    """One draft."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ReportById(Query["ReportRow | None"]):
    """One report."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ReportByLocator(Query["ReportRow | None"]):
    """The report that a receipt opens."""

    locator: bytes


@dataclass(frozen=True, slots=True)
class ReportKeys(Query[tuple[ReportKeyRow, ...]]):
    """The sealed data keys of one report, in no order."""

    report: bytes


@dataclass(frozen=True, slots=True)
class ReportsSince(Query[tuple[ReportRow, ...]]):
    """Reports of a workspace filed in this week or later, in no order."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class OutboxById(Query["OutboxRow | None"]):
    """One row of the outbox."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Due(Query[tuple[OutboxRow, ...]]):
    """What is due by `now`, longest due first, at most `limit`."""

    now: datetime
    limit: int = 100


@dataclass(frozen=True, slots=True)
class NextDue(Query["datetime | None"]):
    """The moment after `after` at which something next falls due."""

    after: datetime


@dataclass(frozen=True, slots=True)
class PostsAbout(Query[tuple[PostRow, ...]]):
    """Our posts of one kind about one subject, in no order."""

    kind: str
    subject: bytes


@dataclass(frozen=True, slots=True)
class WindowById(Query["WindowRow | None"]):
    """One window, open or closed."""

    id: bytes


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
class DigestOf(Query["DigestRow | None"]):
    """The digest of one week."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class DigestById(Query["DigestRow | None"]):
    """One digest by its id."""

    id: bytes


@dataclass(frozen=True, slots=True)
class LatestDigest(Query["DigestRow | None"]):
    """The digest of the latest week decided in a workspace."""

    workspace: str


# --- changes --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddKey:
    """Keep a server key; no effect if there is one for its purpose."""

    row: KeyRow


@dataclass(frozen=True, slots=True)
class AddWorkspace:
    """Serve a workspace; no effect if it is known."""

    row: WorkspaceRow


@dataclass(frozen=True, slots=True)
class AddDesk:
    """Keep a desk; no effect if this workspace has one with that channel."""

    row: DeskRow


@dataclass(frozen=True, slots=True)
class PutDraft:
    """Keep a draft, in place of the one with its id; it is young again."""

    row: DraftRow


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Erase a draft; no effect if it is gone."""

    id: bytes


@dataclass(frozen=True, slots=True)
class AgeDrafts:
    """Make every draft one sweep older and erase those that have seen `sweeps` of them.

    Drafts are aged by counting and not by a time, because a time would say when somebody wrote.
    """

    sweeps: int = 3


@dataclass(frozen=True, slots=True)
class FileReport:
    """Keep a report, its keys and its delivery; no effect at all if the report is known already."""

    report: ReportRow
    keys: tuple[ReportKeyRow, ...]
    delivery: OutboxRow


@dataclass(frozen=True, slots=True)
class AddOutbox:
    """Let something wait to be posted; no effect if that row waits already."""

    row: OutboxRow


@dataclass(frozen=True, slots=True)
class DropOutbox:
    """Something is posted, or will not be: erase its row; no effect if it is gone."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Postpone:
    """Move what waits to a later moment; no effect if it is gone."""

    id: bytes
    due: datetime


@dataclass(frozen=True, slots=True)
class PutPost:
    """Remember a message of ours, or what it says now."""

    row: PostRow


@dataclass(frozen=True, slots=True)
class DropPost:
    """Forget a message of ours; no effect if it is forgotten."""

    id: bytes


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
class OpenWindow:
    """Begin to count; no effect if the window is known, or its kind and subject have an open one.

    For a wall, also no effect if its workspace has an open wall.
    """

    row: WindowRow


@dataclass(frozen=True, slots=True)
class CastVoice:
    """Stand (`stands`) or take back under a token; no effect once the window has closed.

    Takes effect whether or not it changes anything: an answer that depended on what was stored would
    show it. The store puts the voices of all waiting callers into one statement.
    """

    window: bytes
    token: bytes
    stands: bool


@dataclass(frozen=True, slots=True)
class MoveCount:
    """Let the shown count follow the voices; no effect while fewer than `least` voices differ from it.

    The difference is added to the weekly counter (`kind` of the window, `week`); voices taken back leave
    no row behind.
    """

    window: bytes
    week: str
    least: int


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """Destroy secret and tokens and keep the shown count; no effect if it is closed."""

    window: bytes


@dataclass(frozen=True, slots=True)
class DecideDigest:
    """Keep what a week's digest says and let it wait to be posted; no effect if that week is decided."""

    row: DigestRow
    delivery: OutboxRow


@dataclass(frozen=True, slots=True)
class AddCount:
    """Add to a weekly counter."""

    workspace: str
    kind: str
    week: str
    by: int


Change = (
    AddKey
    | AddWorkspace
    | AddDesk
    | PutDraft
    | DropDraft
    | AgeDrafts
    | FileReport
    | AddOutbox
    | DropOutbox
    | Postpone
    | PutPost
    | DropPost
    | MarkDelivered
    | MarkOpened
    | OpenWindow
    | CastVoice
    | MoveCount
    | CloseWindow
    | DecideDigest
    | AddCount
)
