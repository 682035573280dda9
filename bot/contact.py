"""Before anyone named is spoken with: its writer is told first, and has time to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation import Entry, Kind

REPLIES = {Kind.AGREE, Kind.OBJECT}


@dataclass(frozen=True, slots=True)
class Contact:
    """Since when its writer knows that the desk wants to speak with somebody named, and what they answered.

    `until` is how long the desk waits for that answer.
    """

    announced: datetime
    until: datetime
    answer: Kind | None

    def free(self, now: datetime) -> bool:
        """Whether the desk can go ahead: the writer agrees, or has not answered in time."""
        return self.answer is Kind.AGREE or (self.answer is None and now >= self.until)


def contact_in(thread: Sequence[Entry], since: datetime | None, wait: timedelta) -> Contact | None:
    """The last announcement of the desk that has the report `since` then, with the answer to it; None without one."""
    found: Contact | None = None
    for entry in thread:
        at, kind = entry.row.at, entry.said.kind
        if kind is Kind.CONTACT and at is not None and since is not None and at >= since:
            found = Contact(at, at + wait, None)
        elif kind in REPLIES and found is not None:
            found = Contact(found.announced, found.until, kind)
    return found
