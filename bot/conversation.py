"""The conversation about a report: what each side says, and when the next answer is due."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from bot.attached import Attached, attached_from
from bot.deadlines import Promise
from bot.i18n import N_
from bot.records import MessageRow, ReportRow

REPORTER = "reporter"
DESK = "desk"


class Kind(StrEnum):
    """What a message is; sealed with it."""

    TEXT = "text"
    SINCE = "since"
    IDENTITY = "identity"
    MEET = "meet"
    WITHDRAW = "withdraw"
    UNDO = "undo"
    REMIND = "remind"
    ASK = "ask"
    REVIEW = "review"
    CLOSE = "close"
    CONTACT = "contact"
    AGREE = "agree"
    OBJECT = "object"
    WORDS = "words"
    CHANGE = "change"
    APPROVE = "approve"


HANDLING = {
    "look": N_("HR is looking into it."),
    "ask": N_("HR has a question for you, if you want to answer."),
    "act": N_("HR is doing something about it."),
    "wait": N_("HR waits for something that is not in its hands."),
}
"""States that a desk can set with an answer, in the words that the writer reads."""


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """One message. `who` is a handler who answers by name, or a reporter who says who they are; else empty.

    `lost` says that a file could not be cleaned, so that it is not among its `files`. `state` is a key of `HANDLING`
    where the desk sets one.
    """

    kind: Kind
    text: str = ""
    who: str = ""
    files: tuple[Attached, ...] = ()
    lost: bool = False
    state: str = ""

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Said:
        """Read `to_json` back; what was sealed before there were files has none."""
        found = json.loads(text)
        files = attached_from(found.get("files", ()))
        lost, state = found.get("lost", False), found.get("state", "")
        return cls(Kind(found["kind"]), found["text"], found["who"], files, lost, state)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A message that was opened, with its row."""

    row: MessageRow
    said: Said


def code(report: bytes) -> str:
    """What handlers call a report when they talk about it."""
    return report.hex()[:6].upper()


def answer_due(
    report: ReportRow, rows: Sequence[MessageRow], promise: Callable[[datetime], datetime]
) -> datetime | None:
    """When the desk's next answer is due: after what it has and has not answered; None where it owes none.

    `promise` says by when something that came at a moment is answered.
    """
    if report.delivered is None or report.closed is not None:
        return None
    answered = max((row.at for row in rows if row.side == DESK and row.at), default=None)
    waiting = [report.delivered, *(row.at for row in rows if row.side == REPORTER and row.at)]
    unanswered = [at for at in waiting if answered is None or at > answered]
    return promise(min(unanswered)) if unanswered else None


def answered_in_time(
    report: ReportRow, rows: Sequence[MessageRow], promise: Promise, until: datetime
) -> bool | None:
    """Whether its desk gave every answer in time that was due before `until`; None where none was due yet.

    All of the last day counts, as in the reminders.
    """
    if report.delivered is None:
        return None
    waiting = [report.delivered, *(row.at for row in rows if row.side == REPORTER and row.at)]
    answers = sorted(row.at for row in rows if row.side == DESK and row.at and row.at < until)
    found = {_in_time(at, answers, promise, until) for at in waiting if at < until}
    return False if False in found else True if True in found else None


def _in_time(at: datetime, answers: Sequence[datetime], promise: Promise, until: datetime) -> bool | None:
    last = promise.day(promise.answer(at))
    answer = next((each for each in answers if each >= at), None)
    if answer is not None:
        return promise.day(answer) <= last
    return None if last >= promise.day(until) else False


def quiet(report: ReportRow, rows: Sequence[MessageRow], week: str) -> bool:
    """Whether a mailbox still says nothing of the release of its report (`bot.matches`)."""
    return report.stage == "sent" and week < report.quiet and not any(row.side == DESK for row in rows)
