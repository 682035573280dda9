"""Which inboxes are unlocked, for whom and until when: in memory only, and gone with the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.ports import Clock

OPEN_FOR = timedelta(minutes=15)
"""How long an unlocked inbox stays open for a handler, from the last thing they did in it."""

AGAIN = timedelta(minutes=5)
"""By how much that has to move until other processes are told."""


@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """That an inbox is open for somebody until a moment, by its lock key; shut for them where there is no key.

    With `let_in` they may do nothing but choose a passphrase.
    """

    desk: bytes
    who: str
    key: bytes
    until: datetime
    let_in: bool = False


class Opened:
    """The inboxes that are open here. What was opened here is `told` to other processes, and what was shut anywhere."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[tuple[bytes, str, bool], Opening] = {}
        self._told: dict[tuple[bytes, str, bool], datetime] = {}
        self.told: Callable[[Opening], None] = lambda _: None
        self.changed: Callable[[], None] = lambda: None

    def key(self, desk: bytes, who: str) -> bytes | None:
        """The lock key of an inbox that is open for a handler, and stays so another while; None where it is not."""
        there = self._there(desk, who, let_in=False)
        if there is None:
            return None
        self._keep(replace(there, until=self._clock.now() + OPEN_FOR), here=_place(there) in self._told)
        return there.key

    def choosing(self, desk: bytes, who: str) -> bytes | None:
        """The lock key for somebody who may choose a passphrase: a handler for whom it is open, or who was let in."""
        found = self._there(desk, who, let_in=False) or self._there(desk, who, let_in=True)
        return found.key if found else None

    def open(self, desk: bytes, who: str, key: bytes, *, let_in: bool = False) -> None:
        """Open an inbox for somebody from now on; who was let in before is so no more once it is open for them."""
        if not let_in:
            self._open.pop((desk, who, True), None)
        self._keep(Opening(desk, who, key, self._clock.now() + OPEN_FOR, let_in), here=True)

    def shut(self, desk: bytes, who: str) -> None:
        """Shut an inbox for somebody, here and everywhere."""
        self._shut(desk, who)
        self.told(Opening(desk, who, b"", self._clock.now()))

    def hear(self, said: Opening) -> None:
        """What another process did; nothing that was shut is opened by it for longer than it is open there."""
        if not said.key:
            self._shut(said.desk, said.who)
        elif said.until > self._clock.now():
            until = min(said.until, self._clock.now() + OPEN_FOR)  # their clock may be ahead of ours
            known = self._open.get(_place(said))
            if known is None or known.until < until:
                self._keep(replace(said, until=until), here=False)

    def ours(self) -> Iterator[Opening]:
        """What was opened in this process, and is open."""
        self.tidy()
        return (each for place, each in self._open.items() if place in self._told)

    def tidy(self) -> None:
        """Forget what has closed; by a clock that was set back it would stay open for longer than it may."""
        now = self._clock.now()
        latest = now + OPEN_FOR
        self._open = {place: each for place, each in self._open.items() if now < each.until <= latest}
        self._told = {place: told for place, told in self._told.items() if place in self._open}

    def ends(self) -> list[datetime]:
        """When each closes."""
        return [each.until for each in self._open.values()]

    def _there(self, desk: bytes, who: str, *, let_in: bool) -> Opening | None:
        self.tidy()
        return self._open.get((desk, who, let_in))

    def _keep(self, opening: Opening, *, here: bool) -> None:
        place = _place(opening)
        self._open[place] = opening
        if here and (place not in self._told or opening.until - self._told[place] >= AGAIN):
            self._told[place] = opening.until
            self.told(opening)
        self.changed()

    def _shut(self, desk: bytes, who: str) -> None:
        for let_in in (False, True):
            self._open.pop((desk, who, let_in), None)
        self.tidy()


def _place(opening: Opening) -> tuple[bytes, str, bool]:
    return opening.desk, opening.who, opening.let_in
