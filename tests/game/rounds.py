"""Rounds of the linkability game: of two people who used /metoo, one pressed; everything else is the same.

The platform saw both use /metoo and not what they did, so that its own view gives a coin's chance. Whatever the
adversary wins above that it has from us: from a wall's post and its moments. Digests, statements, mailboxes and the
database are no part of these rounds.
"""

from __future__ import annotations

import random
from copy import copy
from dataclasses import dataclass
from typing import Protocol

from bot import anonymity

ONE, OTHER = "P13", "P14"
"""The two of whom one pressed; the others have higher numbers."""

COLLUDERS = tuple(f"P{n}" for n in range(5, 13))
DAY = 360
"""Minutes of a round."""

SMALL = anonymity.POPULATION_FOR_NUMBERS


@dataclass(frozen=True)
class Round:
    """Who used /metoo at which minute, whom it is about, and who of all these pressed at that moment."""

    used: tuple[tuple[float, str], ...]
    pressed: tuple[tuple[float, str], ...]
    about: tuple[tuple[float, str], tuple[float, str]]
    presser: str

    @classmethod
    def drawn(cls, people: int, source: random.Random, *, burst: bool) -> Round:
        """A quiet day, or one on which many come within an hour."""
        most = min(people - len(COLLUDERS) - 2, 300 if burst else 9)
        others = [f"P{15 + n}" for n in range(source.randint(2, most))]
        if burst:
            begin = source.uniform(DAY / 2, DAY * 2 / 3)
            moments = [begin + source.expovariate(1 / 30) for _ in range(len(others) + 2)]
        else:
            moments = [source.uniform(0, DAY) for _ in others]
            moments += [source.uniform(DAY / 2, DAY) for _ in range(2)]
        used = tuple(zip(moments, (*others, ONE, OTHER), strict=True))
        presser = source.choice((ONE, OTHER))
        pressed = [each for each in used if each[1] == presser]
        pressed += [each for each in used if each[1] in others and source.random() < 0.5]
        first, second = sorted(used[-2:])
        return cls(tuple(sorted(used)), tuple(sorted(pressed)), (first, second), presser)


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


class Play:
    """A round on a board: people do what they did, while the adversary does what it wants."""

    def __init__(self, board: Board, about: Round) -> None:
        self._board = board
        self._left = list(about.pressed)
        self.minute = 0.0

    async def until(self, minute: float) -> str:
        """Let time pass, and see what the post says then."""
        while self._left and self._left[0][0] <= minute:
            moment, who = self._left.pop(0)
            await self._board.until(moment)
            await self._board.press(who, stands=True)
        await self._board.until(minute)
        self.minute = max(self.minute, minute)
        return self._board.text()

    async def press(self, who: str, *, stands: bool = True) -> None:
        """An accomplice of the adversary presses, now."""
        await self._board.press(who, stands=stands)


@dataclass(frozen=True)
class Variant:
    """The mechanism, or one from which something is taken away."""

    least: int = anonymity.LEAST_CHANGED
    bands: bool = True
    people: int = 60

    def text(self, count: int) -> str:
        if not anonymity.numbers_allowed(self.people):
            return "small"
        return anonymity.band_name(count) if self.bands else str(count)


class Memory:
    """The mechanism's arithmetic without anything else: `bot.solidarity`, `storage.changes` and `bot.wall`."""

    def __init__(self, variant: Variant, source: random.Random) -> None:
        self.variant, self._source = variant, source
        self._stand: set[str] = set()
        self._counted: set[str] = set()
        self._moved: set[str] = set()
        self._next = source.uniform(5, 15)

    def copy(self) -> Memory:
        """Another one that goes on by itself."""
        made = copy(self)
        made._stand, made._counted, made._moved = set(self._stand), set(self._counted), set(self._moved)
        return made

    def press_now(self, who: str, *, stands: bool) -> None:
        (self._stand.add if stands else self._stand.discard)(who)

    def move_until(self, minute: float) -> None:
        while self._next <= minute:
            changed = self._stand ^ self._counted
            if len(changed - self._moved) >= self.variant.least:
                self._moved |= changed
                self._counted = set(self._stand)
            self._next += self._source.uniform(5, 15)

    async def press(self, who: str, *, stands: bool) -> None:
        self.press_now(who, stands=stands)

    async def until(self, minute: float) -> None:
        self.move_until(minute)

    def text(self) -> str:
        return self.variant.text(len(self._counted))
