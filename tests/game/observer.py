"""The observer: from what was seen, exactly how likely it is of everybody that they pressed.

It goes forward through the minutes with the chance of everything that may be, and back again. It knows the mechanism
and every chance in it, so that nobody who sees the same can know more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.game.rounds import Variant

Chances = NDArray[np.float64]
"""Of: what the number was as the week ended · the accomplices' last step that it contains · minutes since a batch ·
others that it contains · others that wait."""

_GAPS = np.array([0.0] * 5 + [0.05] + [0.1] * 9 + [0.05])
"""How likely so many whole minutes lie between two batches, which come 5 to 15 minutes one after the other."""

_LATER = _GAPS[::-1].cumsum()[::-1]
_COMES = _GAPS / _LATER
"""How likely a batch comes so many minutes after the last, if none has come."""

FEWEST = 1e-300


class Observer:
    """What somebody may know who sees a post all the time, and has accomplices that press."""

    def __init__(self, variant: Variant, users: int, most_steps: int) -> None:
        self._variant, self._n = variant, users + 1
        self._steps: list[tuple[frozenset[str], frozenset[str]]] = [(frozenset(), frozenset())]
        ages = len(_GAPS) if variant.jitter else 1
        self._now: Chances = np.zeros((1, most_steps, ages, self._n, self._n))
        self._now[0, 0, :, 0, 0] = _LATER / _LATER.sum() if variant.jitter else 1
        self._back: list[Callable[[Chances], Chances]] = []
        self._asked: list[tuple[str, int, Chances]] = []
        self._week_end = 0
        self.lost = False
        """Whether something was seen that cannot be."""

    # --- what happens -----------------------------------------------------------------------------------

    def came(self, who: str) -> None:
        """Somebody used /metoo, and pressed or not."""
        self._asked.append((who, len(self._back), self._now))
        pressed = np.zeros_like(self._now)
        pressed[..., 1:] = self._now[..., :-1]
        self._go((self._now + pressed) / 2, lambda after: (after + _one_more(after)) / 2)
        if not self._variant.jitter:
            self._batch()

    def acted(self, standing: frozenset[str]) -> None:
        """Of the accomplices these stand now."""
        self._steps.append((standing, self._steps[-1][1] | standing))
        if not self._variant.jitter:
            self._batch()

    def saw(self, said: str | None) -> None:
        """A minute passes, after which the post says this; None where nobody looks."""
        if self._variant.jitter:
            self._minute()
        if said is not None:
            self._keep(self._where(lambda _, number: self._variant.text(number) == said))

    def week_ends(self) -> None:
        """What the number is now, the digest tells one from the other week by."""
        before, most = self._now, self._n + max(len(standing) for standing, _ in self._steps)
        after = np.zeros((most, *before.shape[1:]))
        places = [
            (self._number(step, counted), step, counted)
            for step in range(len(self._steps))
            for counted in range(self._n)
        ]
        for number, step, counted in places:
            after[number, step, :, counted] = before[0, step, :, counted]

        def back(later: Chances) -> Chances:
            earlier = np.zeros_like(before)
            for number, step, counted in places:
                earlier[0, step, :, counted] = later[number, step, :, counted]
            return earlier

        self._go(after, back)

    def read(self, fits: Callable[[int, int], bool]) -> None:
        """The digests of both weeks, or the store's numbers: whether they fit a number before and one after."""
        self._keep(self._where(fits))

    def suspicions(self) -> dict[str, float]:
        """How likely it is of each that they pressed."""
        later = np.ones_like(self._now)
        found, asked = {}, list(self._asked)
        for place in range(len(self._back), -1, -1):
            if asked and asked[-1][1] == place - 1:
                who, _, then = asked.pop()
                yes, no = float((then * _one_more(later)).sum()), float((then * later).sum())
                found[who] = yes / (yes + no) if yes + no > FEWEST else 0.5
            if place:
                later = self._back[place - 1](later)
                later /= max(float(later.max()), FEWEST)
        return found

    def chance(self, fits: Callable[[int], bool]) -> float:
        """How likely the number is one that fits."""
        return float((self._now * self._where(lambda _, number: fits(number))).sum())

    # --- how it goes on ---------------------------------------------------------------------------------

    def _go(self, after: Chances, back: Callable[[Chances], Chances]) -> None:
        whole = float(after.sum())
        self.lost = self.lost or whole <= FEWEST
        self._now = after / max(whole, FEWEST)
        self._back.append(back)

    def _keep(self, where: Chances) -> None:
        self._go(self._now * where, lambda after: after * where)

    def _number(self, step: int, counted: int) -> int:
        return counted + len(self._steps[step][0])

    def _where(self, fits: Callable[[int, int], bool]) -> Chances:
        """1 where the number as the week ended (0 before that) and the number now fit, else 0."""
        weeks, steps, _, counts, _ = self._now.shape
        there = np.zeros((weeks, steps, 1, counts, 1))
        for step in range(len(self._steps)):
            for counted in range(counts):
                number = self._number(step, counted)
                there[:, step, 0, counted, 0] = [fits(week, number) for week in range(weeks)]
        return there

    def _moves(self) -> Chances:
        """How likely a batch moves the number, by the last step that it contains and by how many others wait."""
        chances = np.zeros((self._now.shape[1], self._n))
        standing, _ = self._steps[-1]
        for step, (contained, known) in enumerate(self._steps):
            fresh = len((standing ^ contained) - known)
            chances[step] = [self._variant.chance(fresh + waiting) for waiting in range(self._n)]
        found: Chances = chances[:, None, None, :]
        return found

    def _batch(self) -> None:
        moves, last = self._moves(), len(self._steps) - 1
        self._go(_moved(self._now, moves, last), lambda after: _unmoved(after, moves, last))

    def _minute(self) -> None:
        moves, last = self._moves(), len(self._steps) - 1
        comes = _COMES[None, None, :, None, None]
        after = np.zeros_like(self._now)
        after[:, :, 1:] = (self._now * (1 - comes))[:, :, :-1]
        after[:, :, :1] += _moved((self._now * comes).sum(2, keepdims=True), moves, last)

        def back(later: Chances) -> Chances:
            stayed = np.zeros_like(later)
            stayed[:, :, :-1] = later[:, :, 1:]
            found: Chances = (1 - comes) * stayed + comes * _unmoved(later[:, :, :1], moves, last)
            return found

        self._go(after, back)


def _one_more(after: Chances) -> Chances:
    """How likely what comes is, if one more waits."""
    found = np.zeros_like(after)
    found[..., :-1] = after[..., 1:]
    return found


def _moved(before: Chances, moves: Chances, last: int) -> Chances:
    """After a batch: whoever waits is contained, where the number moves."""
    going = before * moves
    after = before - going
    n = before.shape[-1]
    for waiting in range(n):
        after[:, last, :, waiting:, 0] += going[:, :, :, : n - waiting, waiting].sum(1)
    return after


def _unmoved(after: Chances, moves: Chances, last: int) -> Chances:
    """How likely what comes after a batch is, by what was before it."""
    n = after.shape[-1]
    gone = np.zeros_like(after)
    for waiting in range(n):
        gone[:, :, :, : n - waiting, waiting] = after[:, last, :, waiting:, 0][:, None]
    return (1 - moves) * after + moves * gone
