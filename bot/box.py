"""A mailbox as its owner sees it: where a report stands, the conversation, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.account import Account
from bot.contact import Contact
from bot.conversation import Entry, Kind
from bot.records import ReportRow

ASKS_AFTER = (timedelta(days=30), timedelta(days=90))
"""How long after closing the mailbox asks by itself whether something has happened since."""


class State(StrEnum):
    """Where a report stands, as its writer sees it."""

    KEPT = "kept"
    HELD = "held"
    WAITING = "waiting"
    WITH_HR = "with_hr"
    READ = "read"
    REVIEW = "review"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """A mailbox as its owner sees it. `due` is when the desk owes its next answer.

    `asks` is after how many days it asks whether something has happened since; none while it does not ask.
    `moved` says that another desk had it before, `stuck` that no desk it is sent to may have it, and `elsewhere` that
    there is another one. `words` are what its writer wants colleagues to read, `approved` whether the desk that has it
    agreed to them. `refused` is how many desks closed it as no report; `contact` is that a desk wants to speak with
    somebody named.
    """

    report: ReportRow
    account: Account
    thread: tuple[Entry, ...]
    state: State
    shared: bool
    due: datetime | None
    overdue: bool
    asks: int
    moved: bool
    stuck: bool = False
    elsewhere: bool = False
    words: Entry | None = None
    approved: bool = False
    refused: int = 0
    contact: Contact | None = None


def state_of(report: ReportRow) -> State:
    """Where a report stands."""
    if report.stage != "sent":
        return State(report.stage)
    if report.delivered is None:
        return State.WAITING
    if report.closed is not None:
        return State.CLOSED
    if report.reviewing is not None:
        return State.REVIEW
    return State.READ if report.opened is not None else State.WITH_HR


def approved_by(report: ReportRow, thread: Sequence[Entry], words: str) -> bool:
    """Whether the desk that has it agreed to these words; what another desk agreed to does not count."""
    since = next((n for n, entry in enumerate(thread) if entry.row.id.hex() == words), len(thread))
    agreed = [entry.row.at for entry in thread[since:] if entry.said.kind is Kind.APPROVE]
    return any(at and report.delivered and at >= report.delivered for at in agreed)


def asks_after(report: ReportRow, now: datetime) -> int:
    """After how many days since its closing the mailbox asks what has happened since; 0 while it does not."""
    if report.closed is None or report.stage != "sent":
        return 0
    passed = [each for each in ASKS_AFTER if now - report.closed >= each]
    return max(passed, default=timedelta()).days
