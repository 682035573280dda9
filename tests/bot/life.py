"""The life of a report as plain data: what its writer and every desk may see, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.conversation import DESK, REPORTER, Kind
from bot.flows import mailbox_cards, reading
from bot.followup import State
from bot.model import Card, Paragraph, People, Quote
from bot.records import MessageRow, ReportRow

LEAST, MOST = timedelta(minutes=15), timedelta(hours=4)
PATIENCE = timedelta(hours=24)
ANSWER = timedelta(days=7)
SLACK = timedelta(minutes=13)
"""What waits for something looks again after at most twelve minutes."""
LATEST = MOST + SLACK
"""After so long, what a writer did has arrived wherever it may."""

DESKS = {"hr-desk": "P1", "ombuds": "P4", "council": "P5"}
"""First choice first, each with one who reads it."""

_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)

Shown = tuple[str, Kind, str, str, bool]
"""A side, what it said, its words, who signed, and whether it has not arrived."""

_KINDS = {sentence: kind for said in (mailbox_cards.SAID, reading.SAID) for kind, sentence in said.items()}


@dataclass(slots=True)
class Letter:
    """One thing said; `at` is when the other side had it."""

    side: str
    kind: Kind
    said: datetime
    text: str = ""
    who: str = ""
    at: datetime | None = None

    def to_writer(self) -> Shown:
        """As the mailbox shows it."""
        return self.side, self.kind, self.text, self.who if self.side == DESK else "", self.at is None

    def to_desk(self) -> Shown:
        """As a handler reads it."""
        return self.side, self.kind, self.text, self.who, False


@dataclass(slots=True)
class Channels:
    """Since when each desk's channel has been private; None while it is public."""

    private: dict[str, datetime | None]

    def barred(self, desk: str, named: Sequence[str]) -> bool:
        """Whether somebody named can read it."""
        return bool(named) and (self.private[desk] is None or DESKS[desk] in named)


@dataclass(slots=True)
class Life:
    """One report. `first` and `last` say between which moments it arrives, while it is on its way.

    `seen` says that somebody named could read the desk that has it, so that its card may be gone for good.
    """

    text: str
    named: tuple[str, ...]
    shared: bool
    channels: Channels
    stage: str = "gone"
    able: tuple[str, ...] = ()
    had: list[str] = field(default_factory=list)
    desk: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    delivered: datetime | None = None
    opened: bool = False
    reviewing: bool = False
    closed: datetime | None = None
    held: bool = False
    ends: datetime | None = None
    settled: datetime = _BEFORE
    hidden_by: datetime = _BEFORE
    seen: bool = False
    thread: list[Letter] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether the words open something."""
        return self.stage in {"kept", "sent", "withdrawn"}

    @property
    def state(self) -> State:
        """What the mailbox says."""
        if self.stage != "sent":
            return State(self.stage)
        if self.delivered is None:
            return State.WAITING
        if self.closed:
            return State.CLOSED
        if self.reviewing:
            return State.REVIEW
        return State.READ if self.opened else State.WITH_HR

    @property
    def marked(self) -> set[Kind]:
        """What the desk that has it says once."""
        asked = {Kind.ASK} & {each.kind for each in self.thread}
        return asked | ({Kind.REVIEW} if self.reviewing else set())

    @property
    def said_by_desks(self) -> int:
        """How often a desk wrote."""
        return sum(each.side == DESK for each in self.thread)

    @property
    def with_desk(self) -> bool:
        """Whether a desk has it and may read it."""
        return self.stage == "sent" and self.delivered is not None

    def others(self) -> tuple[str, ...]:
        """The desks that could get it and never had it."""
        past = (*self.had, self.desk)
        return tuple(
            each for each in DESKS if each not in past and not self.channels.barred(each, self.named)
        )

    def overdue(self, now: datetime) -> bool:
        """Whether the desk that has it owes an answer since longer than promised."""
        if not self.with_desk or self.closed or self.delivered is None:
            return False
        answered = max((each.at for each in self.thread if each.side == DESK and each.at), default=None)
        asked = [each.at for each in self.thread if each.side == REPORTER and each.at]
        since = [max(each, self.delivered) for each in (self.delivered, *asked)]
        open_since = [each for each in since if answered is None or each > answered]
        return bool(open_since) and min(open_since) + ANSWER < now

    def keep(self) -> None:
        """It is a private record."""
        self.stage = "kept"

    def send(self, now: datetime, able: Sequence[str], *, hurried: bool = False) -> None:
        """It is on its way to one of these desks, with all that was said before."""
        for letter in self.thread if self.stage == "kept" else ():
            letter.said = now
        if self.desk:
            self.had.append(self.desk)
        self.stage, self.able, self.desk, self.delivered = "sent", tuple(able), None, None
        self.opened, self.reviewing, self.closed, self.seen = False, False, None, False
        # Sent at once it is due before now, by as much as it would else be late: so its patience ends earlier too.
        self.first, self.last = (now - MOST, now) if hurried else (now + LEAST, now + MOST)
        self.settled = now + LATEST

    def say(self, now: datetime, kind: Kind, text: str = "", who: str = "") -> None:
        """The writer says something."""
        self.thread.append(Letter(REPORTER, kind, now, text, who))

    def answer(self, now: datetime, kind: Kind, text: str = "", who: str = "") -> None:
        """The desk says something."""
        self.thread.append(Letter(DESK, kind, now, text, who, now))
        self.opened = True
        self.reviewing = self.reviewing or kind is Kind.REVIEW
        if kind is Kind.CLOSE and self.closed is None:
            self.closed = now

    def withdraw(self, now: datetime) -> None:
        """Its writer takes it back."""
        self.shared, self.settled, self.hidden_by = False, now + LATEST, now + LATEST
        if self.delivered is None and not self.held:
            self.stage = "gone"
            return
        self.stage, self.ends = "withdrawn", now + ANSWER
        self.say(now, Kind.WITHDRAW)

    def undo(self, now: datetime) -> None:
        """Its writer wants it back."""
        self.stage, self.ends, self.settled = "sent", None, now + LATEST
        self.last = now + MOST
        self.say(now, Kind.UNDO)

    def remind(self, now: datetime) -> None:
        """The writer reminds the desk, once a day."""
        if all(each.said.date() != now.date() for each in self.thread if each.kind is Kind.REMIND):
            self.say(now, Kind.REMIND)

    def hold(self, now: datetime) -> None:
        """A legal hold begins or ends; what should have ended meanwhile ends within a day."""
        self.held = not self.held
        if self.ends and not self.held:
            self.ends = max(self.ends, now)

    def look(
        self, now: datetime, report: ReportRow | None, desk: str | None, rows: Sequence[MessageRow]
    ) -> None:
        """See what time did; all of it must be allowed by now, and nothing be missing that is late."""
        if report is None:
            if self.stage == "withdrawn":
                assert not self.held, "a legal hold was passed over"
                assert self.ends is not None
                assert now >= self.ends, "erased before its time"
                self.stage = "gone"
            return
        assert self.alive, "what is gone is still there"
        self._erased_in_time(now)
        self._left(now, report.delivered)
        self._arrived(now, report.delivered, desk)
        assert len(rows) == len(self.thread), "messages are lost or doubled"
        for letter, row in zip(self.thread, rows, strict=True):
            self._heard(now, letter, row.at)

    def _erased_in_time(self, now: datetime) -> None:
        late = (
            self.ends and self.ends + timedelta(days=2) < now
        )  # a part of a day more; a hold is asked daily
        assert self.stage != "withdrawn" or self.held or not late, "it should have been erased"

    def standing(self, now: datetime) -> list[list[str]]:
        """Where its card may stand; one that changes while its desk is public follows when it is private again."""
        if not self.with_desk or self.desk is None:
            return [[]]
        since = self.channels.private[self.desk]
        late = self.seen or since is None or now <= since + SLACK
        return [[self.desk], []] if late else [[self.desk]]

    def _left(self, now: datetime, at: datetime | None) -> None:
        """It leaves a desk that somebody named can read; one that is closed or taken back loses its posts there."""
        if self.desk is None or not self.channels.barred(self.desk, self.named):
            return
        self.seen = True
        if self.with_desk and not self.closed and at != self.delivered:
            self.had.append(self.desk)
            self.desk, self.delivered, self.opened, self.reviewing = None, None, False, False
            self.first, self.last, self.settled, self.seen = _BEFORE, now, now + SLACK, False

    def _arrived(self, now: datetime, at: datetime | None, desk: str | None) -> None:
        if self.delivered is not None or self.stage == "kept" or at is None:
            assert at == self.delivered, "it changed desks by itself"
            assert self.delivered or self.stage != "sent" or not self._missing(now), "it never arrived"
            return
        assert self.stage == "sent", "a report that was taken back was delivered"
        assert desk in self._fit(), "the wrong desk got it"
        assert self.first is not None
        assert at >= self.first + self._patience(desk), "it arrived too early"
        assert self.channels.private[desk] is not None, "it was posted in public"
        self.delivered, self.desk = at, desk

    def _missing(self, now: datetime) -> bool:
        assert self.last is not None
        moments, latest = [], self.last
        for each in self._fit():
            since = self.channels.private[each]
            if since is not None:
                latest = max(latest, since)  # one that was made private just now is taken at the next look
                moments.append(max(latest, self.last + self._patience(each)) + SLACK)
        return any(each < now for each in moments)

    def _fit(self) -> list[str]:
        return [each for each in self.able if each not in self.had]

    def _patience(self, desk: str) -> timedelta:
        before = self._fit()[: self._fit().index(desk)]
        waits = any(
            self.channels.private[each] is None and not self.channels.barred(each, self.named)
            for each in before
        )
        return PATIENCE if waits else timedelta()

    def _heard(self, now: datetime, letter: Letter, at: datetime | None) -> None:
        if letter.at is not None or at is None:
            assert letter.at == at, "a message arrived twice"
            since = self.channels.private.get(self.desk or "")
            if at is None and since and self.delivered:
                late = max(since, self.delivered, letter.said + MOST) + SLACK
                assert now <= late, "a message never arrived"
            return
        assert self.stage != "kept", "what was added to a private record left it"
        assert self.delivered is not None, "a message arrived before its report"
        assert at >= letter.said + LEAST, "a message arrived too early"
        letter.at = at
        if self.stage == "sent":
            self.closed = None


def conversation(card: Card) -> list[Shown]:
    """The conversation on a card, of the mailbox or of a desk."""
    found: list[Shown] = []
    for block in card.body:
        text = block.text if isinstance(block, Paragraph) else ""
        if text.startswith(("From the desk, ", "From you, ", "From the writer, ")):
            side = DESK if text.startswith("From the desk, ") else REPORTER
            found.append((side, Kind.TEXT, "", "", text.endswith("; not with HR yet")))
        elif found:
            side, kind, words, who, pending = found[-1]
            kind = _KINDS.get(text, kind)
            words = block.text if isinstance(block, Quote) else words
            who = block.ids[0] if isinstance(block, People) else who
            found[-1] = (side, kind, words, who, pending)
    return found
