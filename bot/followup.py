"""Following up: what a writer can still do about a report, with nothing but its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot import anonymity
from bot.account import Account, Route
from bot.arrivals import ERASE, MOVED, NOTE, REPORT
from bot.config import Settings, WorkspaceSettings
from bot.conversation import REPORTER, Entry, Kind, Said, answer_due
from bot.errors import Refusal
from bot.i18n import N_
from bot.limits import Limits
from bot.model import Actor
from bot.ports import Clock, Random, Store
from bot.records import (
    AddMessage,
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    DropOutboxAbout,
    MessageRow,
    MessagesOf,
    OutboxRow,
    PutRouting,
    ReportById,
    ReportKeys,
    ReportRow,
    Restore,
    RouteReport,
    Withdraw,
)
from bot.routing import Look, Routing
from bot.sealing import Sealing
from bot.visits import Visit, Visits

ERASED_AFTER = timedelta(days=7)
"""How long a withdrawal can be undone; a random part of a day is added, so that it tells no moment."""

ASKS_AFTER = (timedelta(days=30), timedelta(days=90))
"""How long after closing the mailbox asks by itself whether something has happened since."""

_NOT_NOW = N_("This cannot be done with this report now. Your words show what can be done.")
_ELSEWHERE = N_(
    "The desk is in another workplace, where your name here means nothing. You can say who you are in your own"
    " words, under Add or answer, or come back from there."
)
_NO_OTHER = N_(
    "There is no other desk that could get it: each one had it already, or somebody you named can read it."
    " Find support lists help outside this workplace."
)


class State(StrEnum):
    """Where a report stands, as its writer sees it."""

    KEPT = "kept"
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
    """

    report: ReportRow
    account: Account
    thread: tuple[Entry, ...]
    state: State
    shared: bool
    due: datetime | None
    overdue: bool
    asks: int


class Followup:
    """Everything behind a receipt; each step is given a visit."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        visits: Visits,
        routing: Routing,
        limits: Limits,
        settings: Settings,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._visits = visits
        self._routing = routing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._random = random

    async def box(self, visit: Visit) -> Box:
        """What the mailbox shows."""
        report = visit.report
        key = await self._key(visit)
        rows = await self._store.read(MessagesOf(report.id))
        thread = tuple(Entry(row, self._sealing.message(report, key, row)) for row in rows)
        due = answer_due(report, rows, self._settings.deadlines.acknowledge)
        now = self._clock.now()
        return Box(
            report,
            self._sealing.account(report, key),
            thread,
            state_of(report),
            self._sealing.route(report).shared,
            due,
            overdue=due is not None and due < now,
            asks=_asks(report, now),
        )

    async def say(self, actor: Actor, visit: Visit, message: bytes, said: Said) -> None:
        """Add to the conversation; it arrives at the desk late, and twice is once. Raises Refusal."""
        if visit.report.stage == State.WITHDRAWN:
            raise Refusal(_NOT_NOW)
        if said.kind is Kind.IDENTITY:
            nameable(actor, visit)
        self._limits.message(actor)
        await self._store.write(await self._message(visit, message, said))

    async def withdraw(self, visit: Visit) -> bool:
        """Take the report back. Whether nothing is left of it, because no desk had it. Raises Refusal."""
        report, again = visit.report, self._arrives()
        if report.stage == State.WITHDRAWN:
            raise Refusal(_NOT_NOW)
        route = replace(self._sealing.route(report), shared=False)
        erased_on = self._clock.now() + ERASED_AFTER + timedelta(seconds=self._random.uniform(0, 86_400))
        await self._store.write(
            Withdraw(
                report.id, (self._outbox(ERASE, report, erased_on), self._outbox(REPORT, report, again))
            ),
            await self._message(visit, self._random.randbytes(16), Said(Kind.WITHDRAW), again),
            PutRouting(report.id, self._sealing.seal_route(report, route)),
            DropOutboxAbout("statement", report.id),
            *(self._refresh_statement(report) if report.delivered else ()),
            *(
                (AddOutbox(self._outbox(REPORT, report, again)),)
                if route.skip and not report.delivered
                else ()
            ),
        )
        return await self._store.read(ReportById(report.id)) is None

    async def undo(self, visit: Visit) -> None:
        """Undo a withdrawal. Raises Refusal where there is none to undo."""
        report, again = visit.report, self._arrives()
        if report.stage != State.WITHDRAWN:
            raise Refusal(_NOT_NOW)
        await self._store.write(
            Restore(report.id),
            DropOutboxAbout(ERASE, report.id),
            AddOutbox(self._outbox(REPORT, report, again)),
            await self._message(visit, self._random.randbytes(16), Said(Kind.UNDO), again),
        )

    async def share(self, visit: Visit, *, shared: bool) -> None:
        """Change whether colleagues may learn that the report exists."""
        report = visit.report
        if report.stage != "sent":
            raise Refusal(_NOT_NOW)
        route = replace(self._sealing.route(report), shared=shared)
        changes: list[Change] = [PutRouting(report.id, self._sealing.seal_route(report, route))]
        if not shared:
            changes += [DropOutboxAbout("statement", report.id), *self._refresh_statement(report)]
        elif await self._at_first_desk(report):
            wait = anonymity.delay(self._settings.delays.statement, self._random)
            changes.append(DropOutboxAbout("statement", report.id))
            changes.append(AddOutbox(self._outbox("statement", report, self._clock.now() + wait)))
        await self._store.write(*changes)

    async def route(self, visit: Visit) -> tuple[Look, ...]:
        """Which desks could get this report that do not have it, first choice first."""
        settings = self._of(visit.report)
        account = self._sealing.account(visit.report, await self._key(visit))
        desks = await self._store.read(Desks(visit.report.workspace))
        looks = await self._routing.look(settings, desks, account.named)
        had = {*self._sealing.route(visit.report).skip, visit.report.desk.hex() if visit.report.desk else ""}
        return tuple(look for look in looks if not look.barred and look.desk.id.hex() not in had)

    async def send(self, actor: Actor, visit: Visit) -> None:
        """Send a private record, or a report to another desk. Raises Refusal where no desk may get it."""
        report = visit.report
        if state_of(report) in {State.WITHDRAWN, State.WAITING}:
            raise Refusal(_NOT_NOW)
        looks = await self.route(visit)
        desks = [look.desk for look in looks if look.unread] or [look.desk for look in looks]
        if not desks:
            raise Refusal(_NO_OTHER)
        with self._limits.report(actor):
            await self._store.write(*await self._routed(visit, desks))

    async def _routed(self, visit: Visit, desks: Sequence[DeskRow]) -> tuple[Change, ...]:
        report, key = visit.report, await self._key(visit)
        old = self._sealing.route(report)
        skip = (*old.skip, report.desk.hex()) if report.desk else old.skip
        shared = old.shared if report.stage != State.KEPT else None
        fresh = Route.of(self._sealing.account(report, key), desks)
        fresh = replace(fresh, skip=skip, shared=fresh.shared if shared is None else shared)
        routing = self._sealing.seal_route(report, fresh)
        arrives = self._arrives()
        known = await self._store.read(Desks(report.workspace))
        wrapped = self._sealing.wrap(report, key, desks, [desk for desk in known if desk not in desks])
        sent = RouteReport(report.id, routing, wrapped, self._outbox(REPORT, report, arrives))
        if report.desk:
            return sent, AddOutbox(self._outbox(MOVED, report, arrives))
        kept = [row.id for row in await self._store.read(MessagesOf(report.id)) if row.at is None]
        return sent, *(AddOutbox(self._note(each, report, arrives)) for each in kept)

    async def _message(
        self, visit: Visit, message: bytes, said: Said, arrives: datetime | None = None
    ) -> AddMessage:
        report = visit.report
        week = anonymity.week_of(self._clock.now(), self._of(report).timezone)
        body = self._sealing.seal_message(report, await self._key(visit), message, said)
        row = MessageRow(message, report.id, REPORTER, week, body)
        if report.stage == State.KEPT:
            return AddMessage(row)
        return AddMessage(row, self._note(message, report, arrives or self._arrives()))

    def _note(self, message: bytes, report: ReportRow, due: datetime) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), NOTE, message, report.workspace, due)

    async def _at_first_desk(self, report: ReportRow) -> bool:
        """Whether the desk of first choice has it: else a statement would tell that desk of one it cannot see."""
        desks = {desk.channel: desk.id for desk in await self._store.read(Desks(report.workspace))}
        first = next((desks[each] for each in self._of(report).desks if each in desks), None)
        return report.delivered is not None and report.desk == first

    def _refresh_statement(self, report: ReportRow) -> tuple[Change, ...]:
        return (AddOutbox(self._outbox("statement", report, self._arrives())),)

    def _outbox(self, kind: str, report: ReportRow, due: datetime) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, report.id, report.workspace, due)

    def _arrives(self) -> datetime:
        return self._clock.now() + anonymity.delay(self._settings.delays.report, self._random)

    async def _key(self, visit: Visit) -> bytes:
        keys = await self._store.read(ReportKeys(visit.report.id))
        return self._sealing.key_for_mailbox(visit.report, keys, visit.pair)

    def _of(self, report: ReportRow) -> WorkspaceSettings:
        settings = self._settings.named(report.workspace)
        if settings is None:
            raise Refusal(_NOT_NOW)
        return settings


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


def nameable(actor: Actor, visit: Visit) -> None:
    """Whether the desk can know this person by their name here. Raises Refusal."""
    if visit.report.workspace != str(actor.workspace):
        raise Refusal(_ELSEWHERE)


def _asks(report: ReportRow, now: datetime) -> int:
    if report.closed is None or report.stage != "sent":
        return 0
    passed = [each for each in ASKS_AFTER if now - report.closed >= each]
    return max(passed, default=timedelta()).days


def erased_by(moment: datetime) -> date:
    """The day by which something withdrawn at this moment is erased."""
    return (moment + ERASED_AFTER + timedelta(days=1)).date()
