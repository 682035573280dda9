"""The adversary: it knows how everything works, who used /metoo in each minute, and what our posts say when."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from math import log

from bot.anonymity import LEAST_CHANGED
from tests.game.rounds import COLLUDERS, DAY, ONE, OTHER, Memory, Play, Round, Variant

LATEST = 16.0
"""Minutes by which a count that may move has moved."""


LOWEST_EDGE, NEXT_EDGE = 5, 10
"""Counts at which the lowest bands change."""


class Adversary:
    """Guesses who pressed. Its accomplices first bring the count to where one press more is seen, if they can.

    It weighs what it sees by playing both stories many times over in its head, with the others pressing or not.
    """

    def __init__(self, variant: Variant, accomplices: int, source: random.Random, stories: int = 60) -> None:
        self._variant = variant
        self._idle, self._missing = list(COLLUDERS[:accomplices]), 0
        self._source = source
        self._stories = stories
        self.heads: dict[str, Head] = {}

    async def guess(self, play: Play, about: Round) -> str:
        self.heads = {
            who: Head(about, who, self._variant, self._source, self._stories) for who in (ONE, OTHER)
        }
        (first, _), (second, _) = about.about
        for moment in (first, second):
            if self._variant.bands:
                await self._park(play, moment)
            else:
                await self._prime(play, moment)
            await self._see(play, moment)
            await self._see(play, moment + LATEST)
        await self._see(play, DAY + 2 * LATEST)
        likely = {who: head.likely for who, head in self.heads.items()}
        if likely[ONE] == likely[OTHER]:
            return self._source.choice((ONE, OTHER))
        return max(likely, key=likely.__getitem__)

    async def _see(self, play: Play, minute: float) -> str:
        """Look at the post at that minute, and often before."""
        said = await play.until(play.minute)
        while play.minute < minute:
            said = await play.until(min(play.minute + LATEST, minute))
            for head in self.heads.values():
                head.saw(play.minute, said)
        return said

    async def _say(self, play: Play, who: str) -> None:
        await play.press(who, stands=True)
        for head in self.heads.values():
            head.pressed(who)

    async def _press(self, play: Play, who: str) -> bool:
        """Whether the post changes by it."""
        before = await self._see(play, play.minute)
        await self._say(play, who)
        return await self._see(play, play.minute + LATEST) != before

    async def _park(self, play: Play, moment: float) -> None:
        """Bring the count to one below an edge: where one press shows the edge before, so many more are missing."""
        await self._see(play, moment - LATEST * (LOWEST_EDGE + 2))
        while self._idle and self._missing == 0 and play.minute + 2 * LATEST < moment:
            if await self._press(play, self._idle.pop()):
                self._missing = NEXT_EDGE - LOWEST_EDGE - 1
        for who in self._idle[: self._missing]:
            await self._say(play, who)
        self._idle, self._missing = self._idle[self._missing :], -1 if self._missing else 0
        await self._see(play, min(play.minute + LATEST, moment))

    async def _prime(self, play: Play, moment: float) -> None:
        """Bring the count to where the next press moves it: two wait after one that moved it."""
        await self._see(play, moment - LATEST * (len(COLLUDERS) + 2))
        waiting = -1
        while self._idle and waiting < LEAST_CHANGED - 1 and play.minute + LATEST < moment:
            moved = await self._press(play, self._idle.pop())
            waiting = 0 if moved else waiting + (waiting >= 0)


class Head:
    """One story in the adversary's head: `who` pressed. How likely what is seen is, over many ways it may have gone."""

    def __init__(self, about: Round, who: str, variant: Variant, source: random.Random, stories: int) -> None:
        self._who, self._used = who, about.used
        self._source = source
        self._ways = [Memory(variant, source) for _ in range(stories)]
        self._minute = 0.0
        self.likely = 0.0
        self.unheard = 0
        """How often nothing of what may have happened looks like what is seen."""

    def pressed(self, who: str) -> None:
        for way in self._ways:
            way.press_now(who, stands=True)

    def saw(self, minute: float, said: str) -> None:
        come = [(at, who) for at, who in self._used if self._minute < at <= minute]
        for way in self._ways:
            for at, who in come:
                way.move_until(at)
                if who == self._who or (who not in {ONE, OTHER} and self._source.random() < 1 / 2):
                    way.press_now(who, stands=True)
            way.move_until(minute)
        self._minute = minute
        fit = [way for way in self._ways if way.text() == said]
        self.likely += log((len(fit) + 0.1) / len(self._ways))
        self.unheard += not fit
        if fit:
            self._ways = [self._source.choice(fit).copy() for _ in self._ways]


def suspects(used: Iterable[tuple[float, str]], arrived: float, wait: tuple[float, float]) -> Sequence[str]:
    """Who may have written what arrived at that minute, after a wait between these: more does not follow."""
    return [who for minute, who in used if wait[0] <= arrived - minute <= wait[1]]
