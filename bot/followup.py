"""Following up: what a writer can still do about a report, with nothing but its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot import anonymity
from bot.arrivals import ERASE, REPORT
from bot.box import Box, State, approved_by, asks_after, state_of
from bot.case import NOTE
from bot.contact import contact_in
from bot.conversation import Entry, Kind, Said, answer_due, quiet
from bot.deadlines import Promise
from bot.errors import Misconfigured, Refusal
from bot.i18n import N_
from bot.letters import NOT_NOW, Letters
from bot.limits import Limits
from bot.living import live_on
from bot.model import Actor
from bot.ports import Clock, Random, Store
from bot.proof import commitment
from bot.receipt import LOCATOR
from bot.records import (
    AddOutbox,
    Change,
    Desks,
    DropLeaf,
    DropOutboxAbout,
    EndQuiet,
    MessageRow,
    MessagesOf,
    PutRouting,
    ReportById,
    ReportRow,
    Restore,
    WindowAbout,
    Withdraw,
)
from bot.sealing import Sealing
from bot.solidarity import STATEMENT
from bot.visits import Visit
from bot.workplaces import Workplaces

WORDS_LIMIT = 500
"""Characters that colleagues may read of a writer's own words."""

ERASED_AFTER = timedelta(days=7)
"""How long a withdrawal can be undone; a random part of a day is added, so that it tells no moment."""


ELSEWHERE = N_(
    "The desk is in another workplace, where your name here means nothing. You can say who you are in your own"
    " words, under Add or answer, or come back from there. You can also ask to meet, with someone you trust."
)


class Followup:
    """Everything behind a receipt; each step is given a visit."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        letters: Letters,
        limits: Limits,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._letters = letters
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._random = random

    def _promise(self, report: ReportRow) -> Promise:
        return Promise.of(self._settings.named(report.workspace), self._settings)

    async def box(self, visit: Visit) -> Box:
        """What the mailbox shows."""
        report = visit.report
        key = await self._letters.key(visit)
        rows = [row for row in await self._store.read(MessagesOf(report.id)) if row.side != NOTE]
        thread = tuple(Entry(row, self._sealing.message(report, key, row)) for row in rows)
        due = answer_due(report, rows, self._promise(report).answer)
        now, route = self._clock.now(), self._sealing.route(report)
        if self._quiet(report, rows):
            thread = tuple(replace(each, row=replace(each.row, at=None)) for each in thread)
            account = self._sealing.account(report, key)
            return Box(
                report, account, thread, State.HELD, route.shared, None, overdue=False, asks=0, moved=False
            )
        return Box(
            report,
            self._sealing.account(report, key),
            thread,
            state_of(report),
            route.shared,
            due,
            overdue=due is not None and due < now,
            asks=asks_after(report, now),
            moved=bool(route.skip),
            words=next((entry for entry in thread if entry.row.id.hex() == route.words), None),
            approved=approved_by(report, thread, route.words),
            refused=route.refused,
            contact=contact_in(thread, report.delivered, self._settings.deadlines.contact),
        )

    async def visited(self, visit: Visit) -> None:
        """A private record lives on from the last visit: until another month, which the next look at it shows."""
        if visit.report.stage == State.KEPT:
            month = anonymity.expiry_month(self._clock.now(), self._random)
            with suppress(
                Misconfigured
            ):  # a folder that cannot be written keeps nobody from their own record
                await live_on(self._store, self._sealing, visit.report.id, month)

    async def holds(self, visit: Visit) -> bool:
        """Whether a report is held, as far as its mailbox says."""
        rows = await self._store.read(MessagesOf(visit.report.id))
        return visit.report.stage == State.HELD or self._quiet(visit.report, rows)

    def _quiet(self, report: ReportRow, rows: Sequence[MessageRow]) -> bool:
        """Whether a mailbox still says nothing of the release of its report (`bot.matches`)."""
        return quiet(report, rows, anonymity.week_of(self._clock.now(), self._promise(report).zone))

    def ready(self, actor: Actor, visit: Visit) -> None:
        """Whether this person can add something now; better asked before than after writing. Raises Refusal."""
        if visit.report.stage == State.WITHDRAWN:
            raise Refusal(NOT_NOW)
        self._limits.room_for_message(actor)

    async def say(self, actor: Actor, visit: Visit, message: bytes, said: Said, *also: Change) -> None:
        """Add to the conversation, with other changes; it arrives late, and twice is once. Raises Refusal."""
        if visit.report.stage == State.WITHDRAWN:
            raise Refusal(NOT_NOW)
        if said.kind is Kind.IDENTITY and not nameable(actor, visit):
            raise Refusal(ELSEWHERE)
        self._limits.message(actor)
        await self._store.write(await self._letters.message(visit, message, said), *also)

    async def withdraw(self, visit: Visit) -> bool:
        """Take the report back. Whether nothing is left of it, because no desk had it. Raises Refusal."""
        report, again = visit.report, self._letters.arrives()
        if report.stage == State.WITHDRAWN:
            raise Refusal(NOT_NOW)
        held = await self.holds(visit)
        route = replace(self._sealing.route(report), shared=False)
        erased_on = self._clock.now() + ERASED_AFTER + timedelta(seconds=self._random.uniform(0, 86_400))
        erasing, news = (
            self._letters.waits(ERASE, report, erased_on),
            self._letters.waits(REPORT, report, again),
        )
        await self._store.write(
            Withdraw(report.id, (erasing, news)),
            await self._letters.message(visit, self._random.randbytes(16), Said(Kind.WITHDRAW), again),
            PutRouting(report.id, self._sealing.seal_route(report, route)),
            DropOutboxAbout("statement", report.id),
            *await self._unproved(visit),
            *(self._refresh_statement(report) if report.delivered or route.skip else ()),
            *(
                (AddOutbox(self._letters.waits(REPORT, report, again)),)
                if route.skip and not report.delivered
                else ()
            ),
        )
        if held:  # one that was released must look like one that was not
            await self._store.write(EndQuiet(report.id, self._random.randbytes(LOCATOR)))
            return True
        return await self._store.read(ReportById(report.id)) is None

    async def undo(self, visit: Visit) -> None:
        """Undo a withdrawal. Raises Refusal where there is none to undo."""
        report, again = visit.report, self._letters.arrives()
        if report.stage != State.WITHDRAWN:
            raise Refusal(NOT_NOW)
        await self._store.write(
            Restore(report.id),
            DropOutboxAbout(ERASE, report.id),
            AddOutbox(self._letters.waits(REPORT, report, again)),
            await self._letters.message(visit, self._random.randbytes(16), Said(Kind.UNDO), again),
        )

    async def share(self, visit: Visit, *, shared: bool) -> None:
        """Change whether colleagues may learn that the report exists."""
        report = visit.report
        if report.stage != "sent":
            raise Refusal(NOT_NOW)
        route = replace(self._sealing.route(report), shared=shared)
        if not shared:
            route = replace(route, words="")
        changes: list[Change] = [PutRouting(report.id, self._sealing.seal_route(report, route))]
        if not shared:
            changes += [DropOutboxAbout("statement", report.id), *self._refresh_statement(report)]
        elif await self._at_first_desk(report):
            wait = anonymity.delay(self._settings.delays.statement, self._random)
            changes.append(DropOutboxAbout("statement", report.id))
            changes.append(AddOutbox(self._letters.waits("statement", report, self._clock.now() + wait)))
        await self._store.write(*changes)

    async def word(self, actor: Actor, visit: Visit, message: bytes, text: str) -> None:
        """Say in which words colleagues may learn of it, once a handler has approved them. Raises Refusal."""
        await self._shared_with(visit)
        said, words = Said(Kind.WORDS, text), message.hex()
        await self.say(actor, visit, message, said, *await self._worded(visit, words))

    async def unword(self, visit: Visit) -> None:
        """Take one's words for colleagues back; that the report exists may still be learnt. Raises Refusal."""
        await self._shared_with(visit)
        await self._store.write(*await self._worded(visit, ""))

    async def _shared_with(self, visit: Visit) -> None:
        if visit.report.stage != "sent" or not self._sealing.route(visit.report).shared:
            raise Refusal(NOT_NOW)

    async def _worded(self, visit: Visit, words: str) -> tuple[Change, ...]:
        report = visit.report
        route = replace(self._sealing.route(report), words=words)
        put = PutRouting(report.id, self._sealing.seal_route(report, route))
        # Before it stands, nothing may hurry it.
        stands = await self._store.read(WindowAbout(STATEMENT, report.id)) is not None
        return (put, *(self._refresh_statement(report) if stands else ()))

    async def _unproved(self, visit: Visit) -> tuple[Change, ...]:
        """What is erased before a digest carried it is not to be proved any more."""
        report = visit.report
        if report.delivered is not None or report.held is not None:
            return ()
        account = self._sealing.account(report, await self._letters.key(visit))
        return (DropLeaf(commitment(visit.pair.seed, report.id, account).leaf),)

    async def _at_first_desk(self, report: ReportRow) -> bool:
        """Whether the desk of first choice has it: else a statement would tell that desk of one it cannot see."""
        desks = {desk.channel: desk.id for desk in await self._store.read(Desks(report.workspace))}
        first = next((desks[each] for each in self._letters.workplace(report).desks if each in desks), None)
        return report.delivered is not None and report.desk == first

    def _refresh_statement(self, report: ReportRow) -> tuple[Change, ...]:
        return (AddOutbox(self._letters.waits("statement", report, self._letters.arrives())),)


def nameable(actor: Actor, visit: Visit) -> bool:
    """Whether the desk can know this person by their name here."""
    return visit.report.workspace == str(actor.workspace)


def erased_by(moment: datetime) -> date:
    """The day by which something withdrawn at this moment is erased."""
    return (moment + ERASED_AFTER + timedelta(days=1)).date()
