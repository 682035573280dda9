"""The rows of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A server key, wrapped by the root key; of each purpose the highest `generation` seals, and all of them open.

    `made` is the ISO week in which it was made, by UTC; empty where that is not known.
    """

    id: bytes
    purpose: str
    wrapped: bytes
    generation: int = 1
    made: str = ""


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A workspace we serve, and the moment from which its weeks count."""

    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A desk's inbox key pair, both halves sealed by the server key: a swapped public one must not be trusted."""

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
class LockRow:
    """One way to unlock a desk's inbox, `sealed`: a handler's passphrase or the recovery key opens what is in it."""

    id: bytes
    desk: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report.

    `week` it was filed in; `routing` (category, kind, persons named) sealed by the server key; `body` sealed
    by the report's data key; `locator` and `mailbox` (a public key, sealed likewise) belong to the receipt;
    `expires` is the month whose perishable key wraps the data keys. `desk`, `delivered` and `opened` are
    what a desk did, and exact; they are None before, like `reviewing`, `closed` and `held` (a legal hold).
    `stage` is what its writer wants: "kept" (a private record), "held" until others name the same person, "sent" or
    "withdrawn". `quiet` is the week until which the mailbox of one that a match released says nothing of it.
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
    stage: str = "sent"
    reviewing: datetime | None = None
    closed: datetime | None = None
    held: datetime | None = None
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class ReportKeyRow:
    """A report's data key, sealed to one holder: a desk's id, or the report's own id for its mailbox."""

    report: bytes
    holder: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of the conversation about a report, `body` sealed by the report's data key.

    `side` is "reporter" or "desk". `number` is its place in the conversation and is given by the store. `at`
    is when the desk wrote it or got it; None while a reporter's message waits.
    """

    id: bytes
    report: bytes
    side: str
    week: str
    body: bytes
    at: datetime | None = None
    number: int = 0


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
    sealed, and empty once the window has closed. `shown` is the count that others may see. `about` is what
    its post says besides, decided once and sealed.
    """

    id: bytes
    workspace: str
    kind: str
    subject: bytes
    secret: bytes
    opens: datetime
    closes: datetime
    shown: int = 0
    about: bytes = b""


@dataclass(frozen=True, slots=True)
class DigestRow:
    """What one weekly digest said, decided once; `numbers` is sealed."""

    id: bytes
    workspace: str
    week: str
    numbers: bytes


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A scrubbed file, `sealed` under a key that only what names it holds; `owner` is a draft's or a report's id."""

    id: bytes
    owner: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class LeafRow:
    """The commitment of a record (32 bytes) that no digest has proved yet; it refers to no record."""

    leaf: bytes
    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class TreeRow:
    """The commitments that the digest of one week proves: `leaves` of 32 bytes each, ordered, most of them random."""

    workspace: str
    week: str
    leaves: bytes
