"""The grades of solidarity under a statement: how they are told apart, counted together, and what of it is shown.

In clear beside a token they would be counts that a thief of the store may not have. So the store has marks: keyed
hashes of token and grade under the window's secret, no two alike, without meaning once the secret is gone. They have no
nonce, so that pressing the same again changes nothing. Grades go to the desk alone: who could read them in a mailbox
could file a report to learn them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot import anonymity
from bot.i18n import N_
from bot.records import VoiceRow
from bot.vault import grade_mark

BLOCK = 64
"""Bytes to which the sealed numbers are padded."""

_WAITING = anonymity.LEAST_CHANGED - 1
"""So many voices can wait for a number to move without anybody seeing it."""


class Grade(IntEnum):
    """How somebody stands with a statement; NONE is who took back."""

    NONE = 0
    STAND = 1
    SAW = 2
    TOO = 3


SHOWN = (Grade.STAND, Grade.SAW, Grade.TOO)

STEPS = {
    Grade.NONE: "voice.back",
    Grade.STAND: "voice.stand",
    Grade.SAW: "voice.saw",
    Grade.TOO: "voice.too",
}
"""The action of each; the first two are those of a wall, and of statements before there were grades."""

NAMES = {
    Grade.STAND: N_("I stand with you"),
    Grade.SAW: N_("I saw it too"),
    Grade.TOO: N_("It happened to me too"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Numbers:
    """How many voices the numbers of a desk contain, by grade, in the order of `SHOWN`."""

    counts: tuple[int, int, int] = (0, 0, 0)

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(self.counts)

    @classmethod
    def from_json(cls, text: str) -> Numbers:
        """Read `to_json` back."""
        stand, saw, too = json.loads(text)
        return cls((stand, saw, too))


@dataclass(frozen=True, slots=True, repr=False)
class _Change:
    token: bytes
    mark: bytes
    before: Grade
    now: Grade
    fresh: bool


def moved(
    secret: bytes, numbers: Numbers, voices: Sequence[VoiceRow]
) -> tuple[Numbers, tuple[tuple[bytes, bytes], ...]]:
    """What the numbers become, and the voices that they contain anew with their marks.

    The rule of the total holds for each number by itself: it moves only where at least three voices that never
    moved one came to it. What somebody changed later moves with them, and only between numbers that move.
    """
    changes = [each for voice in voices if (each := _change(secret, voice)).before is not each.now]
    came = Counter(each.now for each in changes if each.fresh)
    moving = {grade for grade in SHOWN if came[grade] >= anonymity.LEAST_CHANGED}
    go = [each for each in changes if {each.before, each.now} - {Grade.NONE} <= moving]
    by = Counter(each.now for each in go)
    by.subtract(each.before for each in go)
    stand, saw, too = (count + by[grade] for grade, count in zip(SHOWN, numbers.counts, strict=True))
    return Numbers((stand, saw, too)), tuple((each.token, each.mark) for each in go)


def bands(total: int, numbers: Numbers) -> tuple[int | None, ...]:
    """The band of each grade, or None where it must be hidden: with the band of the total it would tell of another.

    What is fewer than five must look as if it were none. So where the total is more than the others can hold, the
    smallest of the others is hidden as well. Two voices may always wait for a number to move.
    """
    shown: list[int | None] = [anonymity.band(count) for count in numbers.counts]
    others = sorted((band, place) for place, band in enumerate(shown) if band)
    most = sum(anonymity.most_in(band) + _WAITING for band, _ in others)
    if others and anonymity.least_in(anonymity.band(total)) > most and 0 in shown:
        shown[others[0][1]] = None
    return tuple(shown)


def _change(secret: bytes, voice: VoiceRow) -> _Change:
    now = _read(secret, voice.token, voice.grade) if voice.stands else Grade.NONE
    before = _read(secret, voice.token, voice.graded) if voice.graded else Grade.NONE
    mark = grade_mark(secret, voice.token, now)
    return _Change(voice.token, mark, before, now, fresh=voice.graded is None)


def _read(secret: bytes, voice: bytes, mark: bytes | None) -> Grade:
    """What a mark says; a voice of before there were grades, or with a mark that is none of ours, just stands."""
    return next((each for each in Grade if grade_mark(secret, voice, each) == mark), Grade.STAND)
