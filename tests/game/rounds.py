"""Rounds of the linkability game: who used /metoo in which minute, and who of these pressed.

The platform saw that they used /metoo and not what they did: each of them pressed with a coin's chance. Whatever the
adversary knows above that it has from us. A round goes over the end of a week, so that two digests tell of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

from bot import anonymity
from bot.config import Delays

ACCOMPLICES = tuple(f"P{n}" for n in range(5, 13))
FIRST = 13
"""The number of the first of the others."""

DAY, WEEK_END, END = 480, 240, 720
"""Minutes: until which people come, at which the week ends, and after which nobody looks any more."""

SMALL = anonymity.POPULATION_FOR_NUMBERS
BATCH = sum(each.total_seconds() for each in Delays().batch) / 120
FEW = Delays().few.total_seconds() / 60


@dataclass(frozen=True)
class Round:
    """Who used /metoo at which minute, and who of these pressed."""

    used: tuple[tuple[int, str], ...]
    pressed: frozenset[str]

    @classmethod
    def drawn(cls, source: random.Random, *, least: int, most: int, burst: bool) -> Round:
        """A quiet day, or one on which they come within an hour or so."""
        people = [f"P{FIRST + n}" for n in range(source.randint(least, most))]
        begin = source.randint(WEEK_END // 2, WEEK_END)
        moments = [
            begin + int(source.expovariate(1 / 30)) if burst else source.randrange(DAY) for _ in people
        ]
        used = tuple(sorted(zip(moments, people, strict=True)))
        return cls(used, frozenset(who for who in people if source.random() < 1 / 2))


@dataclass(frozen=True)
class Variant:
    """The mechanism, or one from which something is taken away. `few` is in minutes."""

    least: int = anonymity.LEAST_CHANGED
    bands: bool = True
    jitter: bool = True
    few: float = FEW
    people: int = 60

    def text(self, count: int) -> str:
        """What is shown of a count."""
        if not anonymity.numbers_allowed(self.people):
            return "small"
        return anonymity.band_name(count) if self.bands else str(count)

    def chance(self, changed: int) -> float:
        """That a count of which so many changed moves in a batch; see `anonymity.least_changed`."""
        if changed < max(self.least, 1):
            return 0.0
        return min(1.0, BATCH / self.few * (changed / self.least) ** 2) if self.few else 1.0

    def told(self, before: int, after: int) -> int:
        """What a week's counter says, where a number was `before` it and `after` it."""
        floor = anonymity.LEAST_SHOWN
        return (after if after >= floor else 0) - (before if before >= floor else 0)


class Board(Protocol):
    """A wall as everybody sees it, and time."""

    async def press(self, who: str, *, stands: bool) -> None:
        """Let somebody stand or take back."""
        ...

    async def until(self, minute: float) -> None:
        """Let time pass."""
        ...

    def text(self) -> str:
        """What the post says now."""
        ...

    def number(self) -> int:
        """What a thief of the store reads once the window has closed: of a post, the number stays."""
        ...


class Memory:
    """The mechanism's arithmetic without anything else: `bot.solidarity`, `storage.changes` and `bot.wall`."""

    def __init__(self, variant: Variant, source: random.Random) -> None:
        self.variant, self._source = variant, source
        self._stand: set[str] = set()
        self._counted: set[str] = set()
        self._moved: set[str] = set()
        self._next = source.uniform(0, 15)

    async def press(self, who: str, *, stands: bool) -> None:
        (self._stand.add if stands else self._stand.discard)(who)
        if not self.variant.jitter:
            self._move()

    async def until(self, minute: float) -> None:
        while self.variant.jitter and self._next < minute:
            self._move()
            self._next += self._source.uniform(5, 15)

    def _move(self) -> None:
        changed = self._stand ^ self._counted
        if self._source.random() < self.variant.chance(len(changed - self._moved)):
            self._moved |= changed
            self._counted = set(self._stand)

    def text(self) -> str:
        return self.variant.text(len(self._counted))

    def number(self) -> int:
        return len(self._counted)
