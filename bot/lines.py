"""Lines of text in any direction: which face draws a letter, where a line ends, what stands where in it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby

UNDRAWN = "\N{REPLACEMENT CHARACTER}"
"""What stands for a character that no face has."""

_SPACES = " \u2000-\u200b\u205f"
_WORD = re.compile(f"([^{_SPACES}]*)[{_SPACES}]*")
_ORDERS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that force an order on others. Without them letters are read in the order they have."""

_FIRM = {"L", "R", "AL", "EN", "AN"}
_SOFT_IN_A_ROW = 20
"""Signs without a direction that fpdf is asked about at once: its recursion ends at a thousand."""

_MOST_IN_A_LINE = 600
"""Characters. More have no width, and measuring all that follow for each line would take minutes."""

Faces = Mapping[str, AbstractSet[int]]
"""The characters of each face, the first choice first."""


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Characters of one face and one direction: odd levels run from right to left."""

    text: str
    face: str
    level: int = 0

    @property
    def back(self) -> bool:
        """Whether it runs from right to left."""
        return self.level % 2 == 1


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """Runs as they stand from left to right; `right` where the paragraph begins at that side."""

    runs: Sequence[Run]
    right: bool


Width = Callable[[Run], float]


class Text:
    """A paragraph that can be set; `missed` says whether a character had no face."""

    def __init__(self, text: str, faces: Faces) -> None:
        self.missed = False
        self._faces: list[str] = []
        self._text = "".join(self._drawn(_ORDERS.sub("", text.expandtabs(4)), faces))
        self._levels, self._right = _levels(self._text)

    def lines(self, room: float, width: Width) -> Iterator[Line]:
        """Lines no wider than `room`; without characters it is one empty line."""
        for begin, end in self._breaks(room, width):
            shown = begin + len(self._text[begin:end].rstrip())
            yield Line(_visual(self._runs(begin, shown)), self._right)

    def _drawn(self, text: str, faces: Faces) -> Iterator[str]:
        """What can be drawn; marks, joiners and spaces stay in the face of what is before them."""
        before, first = "", next(iter(faces))
        for char in text:
            kind = unicodedata.category(char)
            held = self._faces[-1:] if kind[0] == "M" or kind in {"Cf", "Zs"} else []
            face = next((face for face in (*held, *faces) if ord(char) in faces[face]), "")
            if _unseen(char, kind, before, known=bool(face)):
                continue
            self.missed |= not face and kind != "Zs"
            before = char if face else " " if kind == "Zs" else UNDRAWN
            self._faces.append(face or first)
            yield before

    def _runs(self, begin: int, end: int) -> list[Run]:
        """A part of it in the order of reading."""
        found = []
        for (face, level), group in groupby(
            range(begin, end), key=lambda at: (self._faces[at], self._levels[at])
        ):
            span = list(group)
            found.append(Run(self._text[span[0] : span[-1] + 1], face, level))
        return found

    def _breaks(self, room: float, width: Width) -> Iterator[tuple[int, int]]:
        """Begin and end of each line: between words, and inside one only where it is wider than a line."""

        def measure(begin: int, end: int) -> float:
            return sum(map(width, self._runs(begin, end)))

        start, x = 0, 0.0
        for word in _WORD.finditer(self._text):
            begin, stop = word.span(1)
            wide = measure(begin, min(stop, begin + _MOST_IN_A_LINE))
            if start < begin < stop and x + wide > room:
                yield start, begin
                start, x = begin, 0.0
            while start == begin and (cut := self._cut(begin, stop, room, measure)) < stop:
                yield start, cut
                start = begin = cut
            x += measure(begin, word.end())
        yield start, len(self._text)

    def _cut(self, begin: int, stop: int, room: float, measure: Callable[[int, int], float]) -> int:
        """How far a line can go: to `stop`, or to a letter before it that keeps its marks."""
        last = min(stop, begin + _MOST_IN_A_LINE)
        if measure(begin, last) <= room:
            return last
        fitting = bisect_right(range(begin + 1, last), room, key=lambda end: measure(begin, end))
        cut = whole = begin + max(1, fitting)
        while whole > begin + 1 and unicodedata.category(self._text[whole])[0] in "MC":
            whole -= 1
        return whole if whole > begin + 1 else cut


def _unseen(char: str, kind: str, before: str, *, known: bool) -> bool:
    """Whether nothing is lost without it: it has no form, or belongs to something that is not drawn."""
    if before == UNDRAWN and (kind[0] == "M" or kind == "Cf"):
        return True
    return not known and (kind == "Cf" or "\ufe00" <= char <= "\ufe0f")


def _levels(text: str) -> tuple[list[int], bool]:
    """The level of each character (Unicode's UAX #9), and whether the paragraph begins at the right."""
    from fpdf.bidi import BidiParagraph, auto_detect_base_direction  # noqa: PLC0415 - the PDF writer

    kinds = [unicodedata.bidirectional(char) for char in text]
    asked: list[int] = []
    for firm, group in groupby(range(len(text)), key=lambda at: kinds[at] in _FIRM):
        # Joiners and the like (BN) go with what is before them: fpdf would tear words apart there.
        span = [at for at in group if kinds[at] != "BN"]
        asked += span if firm else span[:_SOFT_IN_A_ROW]
    base = auto_detect_base_direction(text)
    paragraph = BidiParagraph("".join(text[at] for at in asked), base, preserve_bn_chars=True)
    known = dict(zip(asked, (each.embedding_level for each in paragraph.characters), strict=True))
    levels, level = [], paragraph.base_embedding_level
    for at in range(len(text)):
        level = known.get(at, level)
        levels.append(level)
    return levels, paragraph.base_embedding_level == 1


def _visual(runs: list[Run]) -> list[Run]:
    """Rule L2 of UAX #9: from the highest level down, what stands at or above it is turned round."""
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        runs = list(_turned(runs, level))
    return runs


def _turned(runs: list[Run], least: int) -> Iterator[Run]:
    for high, group in groupby(runs, key=lambda run: run.level >= least):
        part = list(group)
        yield from reversed(part) if high else part
