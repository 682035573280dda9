"""What is due and not posted yet, so that whoever looks after metoo sees that posting is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.records import OutboxRow


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many rows are due (at most 1000 are looked at), and since when the first of them.

    `alive` is when delivery last did anything, and `again` when it wants to go on.
    """

    count: int
    since: datetime | None
    alive: datetime
    again: datetime


class Delivering(Protocol):
    """Who posts."""

    @property
    def backlog(self) -> Backlog:
        """As it was when it last looked."""
        ...


def seen(
    due: Iterable[OutboxRow], agreed: Mapping[bytes, datetime], now: datetime, again: datetime
) -> Backlog:
    """The backlog at a look: a row that was `agreed` to wait is late only from that moment on."""
    since = [each for row in due if (each := max(row.due, agreed.get(row.id, row.due))) <= now]
    return Backlog(len(since), min(since, default=None), now, again)
