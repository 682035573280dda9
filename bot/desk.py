"""Desks: HR-designated private channels, their inbox keys, and who may open a report in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.accepted import Accepted
from bot.account import Account
from bot.audit import Audit
from bot.case import NOTE, UNTOUCHED, Case, Cases
from bot.conversation import DESK, Entry, answer_due, code
from bot.deadlines import Promise
from bot.errors import Refusal
from bot.i18n import N_
from bot.inbox import Door, Inboxes
from bot.model import Actor, Place
from bot.notices import Standing, renewed
from bot.ports import Clock, Random, Store
from bot.records import (
    AddDesk,
    AddWorkspace,
    AppendAudit,
    CaseOf,
    Change,
    DeskRow,
    Desks,
    MarkOpened,
    MessageRow,
    MessagesOf,
    PutRouting,
    ReportById,
    ReportKeyRow,
    ReportKeys,
    ReportRow,
    WorkspaceRow,
)
from bot.routing import Routing
from bot.sealing import Sealing, new_desk
from bot.vault import Vault
from bot.workplaces import Workplaces

NOT_YOURS = N_(
    "This report cannot be opened from here. Only people who can read the desk it went to can open it."
)


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """A report as a handler reads it, with its case and notes; of a withdrawn one there is no word.

    `words` is the id of the message with what its writer wants colleagues to read, in hex; empty where there is none.
    """

    report: ReportRow
    account: Account | None
    thread: tuple[Entry, ...]
    standing: Standing
    case: Case = UNTOUCHED
    notes: tuple[Entry, ...] = ()
    words: str = ""
    door: Door = Door.NONE

    @property
    def seen(self) -> str:
        """What is different once a handler has done something: how often the desk wrote, and the case's version."""
        return seen([entry.row for entry in self.thread], self.case)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A report that this handler can open, with its sealed data keys."""

    report: ReportRow
    keys: Sequence[ReportKeyRow]
    desk: DeskRow
    case: Case


class Desk:
    """Opens reports for handlers, and keeps an inbox for every configured desk."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        sealing: Sealing,
        routing: Routing,
        settings: Workplaces,
        audit: Audit,
        accepted: Accepted,
        inboxes: Inboxes,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._vault = vault
        self._audit = audit
        self._cases = Cases(vault)
        self._accepted = accepted
        self._inboxes = inboxes
        self._sealing = sealing
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def prepare(self) -> None:
        """Keep a row and an inbox key pair for each configured workspace and desk that has none."""
        for settings in self._settings.workspaces:
            workspace = str(settings.workspace)
            known = {desk.channel for desk in await self._store.read(Desks(workspace))}
            missing = [channel for channel in settings.desks if channel not in known]
            await self._store.write(
                AddWorkspace(WorkspaceRow(workspace, self._clock.now())),
                *(AddDesk(new_desk(self._vault, workspace, channel, self._random)) for channel in missing),
            )

    async def accepted(self, actor: Actor) -> bool:
        """Whether this handler accepted not to try to find out who writes."""
        return await self._accepted.has(str(actor.workspace), actor.user)

    async def admit(self, actor: Actor, report_id: bytes, pressed: Place | None) -> None:
        """Nothing, where this person could open the report; else the refusal that all get."""
        await self.open(actor, report_id, pressed)

    async def accept(self, actor: Actor, report_id: bytes, pressed: Place | None = None) -> None:
        """Keep that this handler accepted it, on the way to a report. Raises Refusal."""
        opened = await self.open(actor, report_id, pressed)
        if not await self.accepted(actor):
            await self._accepted.add(str(actor.workspace), actor.user)
            await self._store.write(self.entry(actor, opened.report, "accepted not to seek the writer"))

    async def read(
        self,
        actor: Actor,
        report_id: bytes,
        pressed: Place | None = None,
        *,
        did: str = "",
        words: bool = False,
    ) -> Reading:
        """Open a report for a handler. Every reason not to is refused in the same words.

        `pressed` is the channel whose card was pressed: a card can be seen there a moment before its
        delivery is saved. `did` is what the audit log says of it; nothing where it is part of something else.
        `words` says that they are shown: only then its writer is told that it was read.
        """
        opened = await self.open(actor, report_id, pressed)
        report, now = opened.report, self._clock.now()
        promise = Promise.of(self._settings.named(report.workspace), self._settings)
        if report.stage != "sent":
            return Reading(report, None, (), Standing(report, None, promise), opened.case)
        key = self.key(actor, opened)
        marks: list[Change] = [self.entry(actor, report, did)] if did else []
        if words and report.opened is None:
            marks += [MarkOpened(report.id, now), renewed(report.id, report.workspace, now, self._random)]
        if marks:
            await self._store.write(*marks)
        rows = await self._store.read(MessagesOf(report.id))
        due = answer_due(report, rows, promise.answer)
        entries = [Entry(row, self._sealing.message(report, key, row)) for row in rows if row.at is not None]
        thread = tuple(each for each in entries if each.row.side != NOTE)
        notes = tuple(each for each in entries if each.row.side == NOTE)
        route = self._sealing.route(report)
        return Reading(
            report,
            self._sealing.account(report, key),
            thread,
            Standing(report, due, promise),
            opened.case,
            notes,
            route.words if route.shared else "",
            self.door(opened.desk),
        )

    def door(self, desk: DeskRow) -> Door:
        """The lock of a desk's inbox. One that was made stays, whatever the settings say now."""
        if self._inboxes.locked(desk):
            return Door.LOCK
        settings = self._settings.named(desk.workspace)
        return Door.WANTED if settings and settings.locks(desk.channel) else Door.NONE

    async def desk(self, actor: Actor, known: bytes, pressed: Place | None) -> DeskRow:
        """The desk of a report, or with this id, for somebody who can read it. Raises Refusal."""
        if await self._store.read(ReportById(known)) is not None:
            return (await self.open(actor, known, pressed)).desk
        for desk in await self._store.read(Desks(str(actor.workspace))):
            place = Place(actor.workspace, desk.channel)
            if desk.id == known and await self._routing.may_open(place, actor.user):
                return desk
        raise Refusal(NOT_YOURS)

    async def may(self, reading: Reading, user: str) -> bool:
        """Whether somebody else could open this report now. Raises PlatformError."""
        desks = {desk.id: desk for desk in await self._store.read(Desks(reading.report.workspace))}
        settings, desk = self._settings.named(reading.report.workspace), desks.get(reading.report.desk or b"")
        if settings is None or desk is None or self.names(reading.report, user):
            return False
        return await self._routing.can_read(settings.place(desk.channel), user)

    def names(self, report: ReportRow, user: str) -> bool:
        """Whether somebody is among those who must not read a report, or stepped back from it."""
        route = self._sealing.route(report)
        return user in route.named or user in route.recused

    def refused(self, report: ReportRow) -> PutRouting:
        """That a desk closed a report as none: its writer can ask one other desk after that."""
        route = self._sealing.route(report)
        refusers = tuple(dict.fromkeys((*route.refusers, (report.desk or b"").hex())))
        return PutRouting(report.id, self._sealing.seal_route(report, replace(route, refusers=refusers)))

    def stepped_back(self, report: ReportRow, handler: str) -> PutRouting:
        """That a handler has nothing to do with a report any more, to whichever desk it goes."""
        route = self._sealing.route(report)
        recused = tuple(dict.fromkeys((*route.recused, handler)))
        return PutRouting(report.id, self._sealing.seal_route(report, replace(route, recused=recused)))

    async def note_numbers(self, actor: Actor) -> None:
        """Keep in the audit log that a handler took the numbers of the last year."""
        now = self._clock.now()
        await self._store.write(
            self._audit.entry(str(actor.workspace), actor.user, "took the numbers", "", now)
        )

    def entry(self, actor: Actor, report: ReportRow, did: str) -> AppendAudit:
        """What the audit log says of something that a handler did with a report."""
        return self._audit.entry(report.workspace, actor.user, did, code(report.id), self._clock.now())

    async def open(self, actor: Actor, report_id: bytes, pressed: Place | None = None) -> Opened:
        """A report for somebody who can read its desk at this moment. Raises Refusal, the same for every reason."""
        report = await self._store.read(ReportById(report_id))
        if report is None or report.workspace != str(actor.workspace):
            raise Refusal(NOT_YOURS)
        keys = await self._store.read(ReportKeys(report.id))
        desk = await self._desk_of(report, keys, pressed)
        if desk is None:
            raise Refusal(NOT_YOURS)
        # Asked first, so that neither time nor an outage tells somebody that the report names them.
        may = await self._routing.may_open(Place(actor.workspace, desk.channel), actor.user)
        if not may or self.names(report, actor.user):
            raise Refusal(NOT_YOURS)
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        if actor.user in case.recused:
            raise Refusal(NOT_YOURS)
        return Opened(report, keys, desk, case)

    def key(self, actor: Actor, opened: Opened) -> bytes:
        """The data key of a report. Raises Refusal where its desk's inbox is locked."""
        pair = self._inboxes.pair(opened.desk, actor)
        return self._sealing.key_for_desk(opened.report, opened.keys, opened.desk, pair)

    async def _desk_of(
        self, report: ReportRow, keys: Sequence[ReportKeyRow], pressed: Place | None
    ) -> DeskRow | None:
        route = self._sealing.route(report)
        able = {key.holder.hex() for key in keys} & set(route.desks) - set(route.skip)
        for desk in await self._store.read(Desks(report.workspace)):
            posted = pressed is not None and desk.channel == pressed.channel
            its = desk.id == report.desk if report.desk else posted
            if its and desk.id.hex() in able:
                return desk
        return None


def seen(rows: Sequence[MessageRow], case: Case) -> str:
    """What is different once a handler has done something with a report."""
    return f"{sum(row.side == DESK for row in rows)}-{case.version}"
