"""The adversary: it knows how everything works, who used /metoo in each minute, and what our posts say when.

It may have accomplices who press and take back, reads the digests of both weeks and, once the window has closed, the
store with all keys. In the end it names one person, of whom it is surest, and says whether they pressed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.anonymity import LEAST_CHANGED
from tests.game.observer import Observer
from tests.game.rounds import ACCOMPLICES, END, WEEK_END, Board, Round, Variant

LATEST = 20
"""Minutes after which what may move in the next batch has moved."""

MOST_STEPS = 3


@dataclass(frozen=True)
class Eyes:
    """What the adversary has: so many accomplices, and what it sees. `every` is in minutes."""

    accomplices: int = 0
    posts: bool = True
    store: bool = False
    every: int = 1


@dataclass(frozen=True)
class Guess:
    """Whether it was right, how sure it was (0: a coin, 1: certain), and whether what it saw can be at all."""

    right: bool
    sure: float
    lost: bool


class Adversary:
    """Plays one round on a board."""

    def __init__(self, variant: Variant, eyes: Eyes, source: random.Random) -> None:
        self.variant, self._eyes, self._source = variant, eyes, source
        self._waiting = ACCOMPLICES[: min(eyes.accomplices, LEAST_CHANGED - 1)]
        self._inside = ACCOMPLICES[len(self._waiting) : eyes.accomplices]
        self._standing: frozenset[str] = frozenset()

    async def guess(self, board: Board, about: Round) -> Guess:
        """Watch the round to its end, and say of one person whether they pressed."""
        observer = Observer(self.variant, len(about.used), MOST_STEPS if self._eyes.accomplices else 1)
        begin, week = self._source.randint(60, 180), 0
        for minute in range(END):
            await board.until(minute)
            if minute == WEEK_END:
                observer.week_ends()
                week = board.number()
            for at, who in about.used:
                if at == minute:
                    observer.came(who)
                    if who in about.pressed:
                        await board.press(who, stands=True)
            await self._act(board, observer, minute - begin)
            await board.until(minute + 1)
            looks = self._eyes.posts and minute % self._eyes.every == 0
            observer.saw(board.text() if looks or minute == END - 1 else None)
        self._read(observer, week, board.number())
        return self._named(observer, about)

    async def _act(self, board: Board, observer: Observer, minute: int) -> None:
        """Be counted; then take back so many that one press more shows, and let two others wait for it."""
        if minute == 0 and self._inside:
            await self._let_stand(board, observer, self._inside)
        if minute == LATEST and self._waiting:
            stay = max(range(len(self._inside) + 1), key=lambda each: self._shows(observer, each))
            await self._let_stand(board, observer, (*self._inside[:stay], *self._waiting))

    def _shows(self, observer: Observer, stay: int) -> float:
        """How likely the post changes by one press, if so many of the counted accomplices stay."""
        by = stay - len(self._inside) + len(self._waiting) + 1
        return observer.chance(lambda number: self.variant.text(number) != self.variant.text(number + by))

    async def _let_stand(self, board: Board, observer: Observer, these: Iterable[str]) -> None:
        after, before = frozenset(these), self._standing
        for who in sorted(after ^ before):
            await board.press(who, stands=who in after)
        self._standing = after
        observer.acted(after)

    def _read(self, observer: Observer, week: int, number: int) -> None:
        """The digests of both weeks and, of a thief, the store: numbers stay in it, as they were shown."""
        told, text = self.variant.told, self.variant.text
        first, second = told(0, week), told(week, number)
        if self._eyes.posts:
            said = text(first), text(second)
            observer.read(lambda then, now: (text(told(0, then)), text(told(then, now))) == said)
        if self._eyes.store:
            observer.read(lambda then, now: now == number and told(0, then) == first)

    def _named(self, observer: Observer, about: Round) -> Guess:
        chances = {who: round(chance, 9) for who, chance in observer.suspicions().items()}
        who = max(chances, key=lambda each: (abs(chances[each] - 1 / 2), each))
        says = chances[who] > 1 / 2 or (chances[who] == 1 / 2 and self._source.random() < 1 / 2)
        return Guess(says == (who in about.pressed), 2 * abs(chances[who] - 1 / 2), observer.lost)


def suspects(used: Iterable[tuple[float, str]], arrived: float, wait: tuple[float, float]) -> Sequence[str]:
    """Who may have written what arrived at that minute, after a wait between these: more does not follow."""
    return [who for minute, who in used if wait[0] <= arrived - minute <= wait[1]]
