"""How people stand: the rows, questions and changes about grades, and about walls of the past."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records.questions import Query
from bot.records.rows import WindowRow


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A voice whose grade is not the one that the desk's numbers contain.

    `grade` is the mark of how somebody stands now, `graded` of how they are contained; None for no mark.
    """

    token: bytes
    stands: bool
    grade: bytes | None
    graded: bytes | None


@dataclass(frozen=True, slots=True)
class SupportRow:
    """What a desk may see of how people stand in a window, `sealed`."""

    window: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Ungraded(Query[tuple[VoiceRow, ...]]):
    """Voices of a window that the shown count contained once, and the numbers by grade do not contain as they are."""

    window: bytes


@dataclass(frozen=True, slots=True)
class SupportOf(Query[SupportRow | None]):
    """What a desk may see of a window."""

    window: bytes


@dataclass(frozen=True, slots=True)
class Walls(Query[tuple[WindowRow, ...]]):
    """Every wall of every workspace, open or closed, in no order."""


@dataclass(frozen=True, slots=True)
class MoveGrades:
    """Let the numbers by grade contain these voices: `marks` are tokens with the marks they are contained by."""

    row: SupportRow
    marks: tuple[tuple[bytes, bytes], ...]
