"""Held reports: the rows, questions and changes of escrow. A held report is a report of stage "held"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.questions import Query
from bot.records.rows import OutboxRow, ReportKeyRow


@dataclass(frozen=True, slots=True)
class HeldRow:
    """That a report waits for others about the same person.

    `tag` is the same for all of them, `mark` for all by one writer (16 bytes each, of use with both keys only);
    `k` how many different writers make a match; `keeper` tells with which key the keeper answered (see `KeeperRow`);
    `routing` is what routing needs to know, sealed under what a match gives.
    """

    report: bytes
    workspace: str
    tag: bytes
    mark: bytes
    k: int
    keeper: bytes
    routing: bytes


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A writer's share with their report's data key under it, sealed to one desk, and that by a month's key."""

    report: bytes
    holder: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class MatchRow:
    """That enough writers named the same person. `key` opens the routing of all of them, sealed by the server's key.

    `desk` is the one that got the card, once it has; `opening` opens what comes later, sealed to that desk, once it
    opened the first ones, and empty before. `named` is by then what came of it, sealed by the server's key: whom none
    of it must reach, and which reports.
    """

    id: bytes
    workspace: str
    tag: bytes
    key: bytes
    desk: bytes | None = None
    opening: bytes = b""
    named: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeeperRow:
    """Which keeper answered first in a workspace: a keyed hash (16 bytes) of its name and of one known answer."""

    workspace: str
    known: bytes


@dataclass(frozen=True, slots=True)
class HeldOf(Query[HeldRow | None]):
    """Whether and how a report is held."""

    report: bytes


@dataclass(frozen=True, slots=True)
class HeldAlike(Query[tuple[HeldRow, ...]]):
    """What is held under a tag and not yet released, in no order."""

    tag: bytes


@dataclass(frozen=True, slots=True)
class AnyHeld(Query[HeldRow | None]):
    """Something that is held in a workspace, if anything is."""

    workspace: str


@dataclass(frozen=True, slots=True)
class SharesOf(Query[tuple[ShareRow, ...]]):
    """The shares of a held report."""

    report: bytes


@dataclass(frozen=True, slots=True)
class MatchById(Query[MatchRow | None]):
    """One match."""

    id: bytes


@dataclass(frozen=True, slots=True)
class MatchesAtDesks(Query[tuple[MatchRow, ...]]):
    """The matches of a workspace whose card a desk got."""

    workspace: str


@dataclass(frozen=True, slots=True)
class KeeperOf(Query[KeeperRow | None]):
    """Which keeper answered first in a workspace, if one has."""

    workspace: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Let a private record wait for others.

    No effect if it is none, or is held; nor if another keeper answered in this workspace before, or something is held
    there for another number of writers: the two would never match.

    If with it enough different writers are there, `match` is kept and `delivery` waits; where there is a match under
    this tag already, `delivery` waits for that one. Otherwise neither is written anywhere.
    """

    row: HeldRow
    shares: tuple[ShareRow, ...]
    match: MatchRow
    delivery: OutboxRow


@dataclass(frozen=True, slots=True)
class LetGo:
    """A held report is a private record again: erase what held it; no effect if nothing does."""

    report: bytes


@dataclass(frozen=True, slots=True)
class EndQuiet:
    """The mailbox of a released report says so from now on; no effect if it does already.

    With `locator`, which no words give, its words open nothing any more.
    """

    report: bytes
    locator: bytes = b""


@dataclass(frozen=True, slots=True)
class DropMatch:
    """There are not enough any more: erase a match; no effect if it is gone or a desk has it."""

    id: bytes


@dataclass(frozen=True, slots=True)
class MarkMatched:
    """A desk got the card of a match; no effect if one has it already."""

    id: bytes
    desk: bytes


@dataclass(frozen=True, slots=True)
class UnmarkMatched:
    """The desk that has a match may not have it any more, and opened nothing; no effect if another has it, or it did.

    Then `delivery` waits, so that the next one gets it.
    """

    id: bytes
    desk: bytes
    delivery: OutboxRow


@dataclass(frozen=True, slots=True)
class OpenMatch:
    """Keep what opens later reports under a match; no effect if that is kept, or no desk has the match."""

    id: bytes
    opening: bytes


@dataclass(frozen=True, slots=True)
class PutNamed:
    """Keep what came of a match; no effect if there is no such match."""

    id: bytes
    named: bytes


@dataclass(frozen=True, slots=True)
class EndMatch:
    """Erase a match that was opened and of which nothing is left.

    No effect if it was not opened, or something is held under it. Else `delivery` waits, which takes its cards away.
    """

    id: bytes
    delivery: OutboxRow


@dataclass(frozen=True, slots=True)
class DropKeeper:
    """Forget which keeper answered in a workspace, so that another may; no effect if none has."""

    workspace: str


@dataclass(frozen=True, slots=True)
class LetOut:
    """A held report is a desk's from this moment, as if it had arrived there; no effect if it is not held any more.

    `quiet` is the week until which its mailbox goes on saying that it is held, unless the desk answers before.
    """

    report: bytes
    routing: bytes
    keys: tuple[ReportKeyRow, ...]
    desk: bytes
    at: datetime
    quiet: str
