"""The changes that the store saves; those to reports are in `cases`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.cases import (
    AddMessage,
    EraseReport,
    FileReport,
    MarkArrived,
    MarkClosed,
    MarkDelivered,
    MarkHeld,
    MarkOpened,
    MarkReviewing,
    PutRouting,
    Restore,
    RouteReport,
    Withdraw,
)
from bot.records.desks import AppendAudit, PutCase, PutChosen, PutSetup, PutWatch
from bot.records.digests import CountVoices, DropRemark, PutRemark, StartCount
from bot.records.escrow import (
    DropKeeper,
    DropMatch,
    EndMatch,
    EndQuiet,
    Hold,
    LetGo,
    LetOut,
    MarkMatched,
    OpenMatch,
    PutNamed,
    UnmarkMatched,
)
from bot.records.evidence import AddAttachment, AddLeaf, ClaimAttachments, DropAttachment, DropLeaf
from bot.records.installations import DropInstallation, PutInstallation, SpendTicket
from bot.records.keeping import DropEnding, DropErasures, EndReport, PutEnding, PutUpkeep, Rewrap
from bot.records.keys import AddKey, DropKey, DropLock, LockInbox, PutLock, Reseal, RewrapKeys
from bot.records.rows import (
    DeskRow,
    DigestRow,
    DraftRow,
    OutboxRow,
    PostRow,
    TreeRow,
    WindowRow,
    WorkspaceRow,
)
from bot.records.voices import MoveGrades


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
    """Make every draft one sweep older and erase those that have seen `sweeps` of them; no effect without any.

    Drafts are aged by counting and not by a time, because a time would say when somebody wrote.
    """

    sweeps: int = 3


@dataclass(frozen=True, slots=True)
class DropOutboxAbout:
    """What is of this kind and about this subject will not be posted; no effect if nothing waits."""

    kind: str
    subject: bytes


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
class OpenWindow:
    """Begin to count; no effect if the window is known, or its kind and subject have an open one.

    For a wall, also no effect if its workspace has an open wall.
    """

    row: WindowRow


@dataclass(frozen=True, slots=True)
class CastVoice:
    """Stand (`stands`) or take back under a token; no effect once the window has closed.

    Takes effect whether or not it changes anything: an answer that depended on what was stored would
    show it. The store puts the voices of all waiting callers into one statement. It keeps no row for a token
    that never stood. That a voice was part of a move before (`voices.moved`) is not changed by casting it anew.
    `grade` is the mark of how somebody stands (see `bot.grades`), where a window has grades.
    """

    window: bytes
    token: bytes
    stands: bool
    grade: bytes | None = None


@dataclass(frozen=True, slots=True)
class MoveCount:
    """Let the shown count follow all voices; no effect while fewer than `least` fresh ones differ from it.

    A voice is fresh until it was among those that differed when the count moved, which the store keeps of it
    (`voices.moved`): once in a window, so that nobody who presses again and again can make the count move with
    another's single press. All that differ move with it, fresh or not. The difference is added to the weekly
    counter (`kind` of the window, `week`). Voices that were taken back before they were ever counted leave no
    row behind; the others stay, so that they are not fresh again, until the window closes.

    To the weekly counter a shown count below `floor` is none: else the sum of several windows would tell zero from
    four in one of them, and three people would make nine in three of them.
    """

    window: bytes
    week: str
    least: int
    floor: int = 0


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """Destroy secret and tokens and keep the shown count; no effect if it is closed."""

    window: bytes


@dataclass(frozen=True, slots=True)
class DecideDigest:
    """Keep what a week's digest says and let it wait to be posted; no effect if that week is decided.

    What its tree proves waits for no other digest any more. What is `also` to be posted waits with it.
    """

    row: DigestRow
    delivery: OutboxRow
    tree: TreeRow | None = None
    also: tuple[OutboxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AddCount:
    """Add to a weekly counter."""

    workspace: str
    kind: str
    week: str
    by: int


Change = (
    AddKey
    | RewrapKeys
    | DropKey
    | Reseal
    | PutLock
    | DropLock
    | LockInbox
    | AddWorkspace
    | AddDesk
    | PutDraft
    | DropDraft
    | AgeDrafts
    | FileReport
    | RouteReport
    | PutRouting
    | Withdraw
    | Restore
    | EraseReport
    | MarkReviewing
    | MarkClosed
    | AddMessage
    | MarkArrived
    | DropOutboxAbout
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
    | MoveGrades
    | CloseWindow
    | DecideDigest
    | AddAttachment
    | DropAttachment
    | ClaimAttachments
    | AddLeaf
    | DropLeaf
    | PutWatch
    | MarkHeld
    | PutCase
    | AppendAudit
    | PutSetup
    | PutChosen
    | Hold
    | LetGo
    | LetOut
    | EndQuiet
    | DropMatch
    | MarkMatched
    | UnmarkMatched
    | OpenMatch
    | PutNamed
    | EndMatch
    | DropKeeper
    | AddCount
    | PutRemark
    | DropRemark
    | StartCount
    | CountVoices
    | PutEnding
    | DropEnding
    | PutUpkeep
    | DropErasures
    | EndReport
    | Rewrap
    | PutInstallation
    | DropInstallation
    | SpendTicket
)
