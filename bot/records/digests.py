"""What goes into a digest beside the counters of voices: HR's words, and counts that begin with noise."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records.questions import Query


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """What HR writes for the digest of one week, `sealed`."""

    workspace: str
    week: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class RemarkOf(Query[RemarkRow | None]):
    """What HR wrote for that week."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class PutRemark:
    """Keep what HR writes for a week, in place of what it wrote before."""

    row: RemarkRow


@dataclass(frozen=True, slots=True)
class DropRemark:
    """HR writes nothing for a week; no effect if it does not."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class StartCount:
    """Let a weekly counter begin with this; no effect if it has begun."""

    workspace: str
    kind: str
    week: str
    sum: int


@dataclass(frozen=True, slots=True)
class CountVoices:
    """Add to a weekly counter what a window's voices became since they were last counted there; no effect if nothing.

    That is independent of what is shown: no threshold and no batch decides it, so that one press changes one counter
    by one. `start` is what the counter begins with.
    """

    window: bytes
    kind: str
    week: str
    start: int
