"""Desks: HR-designated private channels, their inbox keys, and who may open a report in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from bot import anonymity
from bot.accepted import Accepted
from bot.account import Account
from bot.audit import Audit
from bot.case import NOTE, UNTOUCHED, Case, Cases
from bot.conversation import DESK, Entry, Kind, Said, code
from bot.errors import Refusal
from bot.i18n import N_
from bot.inbox import Door, Inboxes
from bot.model import Actor, Place
from bot.ports import Clock, Random, Store
from bot.records import (
    AddDesk,
    AddMessage,
    AddWorkspace,
    AppendAudit,
    CaseOf,
    Change,
    DeskRow,
    Desks,
    MarkClosed,
    MarkOpened,
    MarkReviewing,
    MessageById,
    MessageRow,
    MessagesOf,
    PutCase,
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


_ASKED = N_(
    "The writer has been asked once already. To ask again would press them, so nothing was done. They can tell at any"
    " time."
)
_CHANGED = N_("This changed in the meantime, so nothing was done. Please read it again and decide then.")


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """A report as a handler reads it, with its case and notes; of a withdrawn one there is no word."""

    report: ReportRow
    account: Account | None
    thread: tuple[Entry, ...]
    delivered: datetime
    case: Case = UNTOUCHED
    notes: tuple[Entry, ...] = ()
    door: Door = Door.NONE


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
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
        await self._open(actor, report_id, pressed)

    async def accept(self, actor: Actor, report_id: bytes) -> None:
        """Keep that this handler accepted it, on the way to a report. Raises Refusal."""
        opened = await self._open(actor, report_id, None)
        if not await self.accepted(actor):
            await self._accepted.add(str(actor.workspace), actor.user)
            await self._store.write(self.entry(actor, opened.report, "accepted not to seek the writer"))

    async def read(
        self, actor: Actor, report_id: bytes, pressed: Place | None = None, *, did: str = ""
    ) -> Reading:
        """Open a report for a handler. Every reason not to is refused in the same words.

        `pressed` is the channel whose card was pressed: a card can be seen there a moment before its
        delivery is saved. `did` is what the audit log says of it; nothing where it is part of something else.
        """
        opened = await self._open(actor, report_id, pressed)
        report, now = opened.report, self._clock.now()
        if report.stage != "sent":
            return Reading(report, None, (), report.delivered or now, opened.case)
        key = self._key(actor, opened)
        marks: list[Change] = [self.entry(actor, report, did)] if did else []
        if report.opened is None:
            marks.append(MarkOpened(report.id, now))
        if marks:
            await self._store.write(*marks)
        rows = await self._store.read(MessagesOf(report.id))
        entries = [Entry(row, self._sealing.message(report, key, row)) for row in rows if row.at is not None]
        thread = tuple(each for each in entries if each.row.side != NOTE)
        notes = tuple(each for each in entries if each.row.side == NOTE)
        account = self._sealing.account(report, key)
        door = self.door(opened.desk)
        return Reading(report, account, thread, report.delivered or now, opened.case, notes, door)

    async def say(
        self, actor: Actor, report_id: bytes, press: str, said: Said, case: PutCase | None = None
    ) -> None:
        """Write to the reporter; doing it again with the same `press` changes nothing. Raises Refusal.

        `case` is kept with it, unless somebody changed the case meanwhile.
        """
        opened = await self._open(actor, report_id, None)
        report, now, key = opened.report, self._clock.now(), self._key(actor, opened)
        message = _pressed(key, press)
        rows = await self._store.read(MessagesOf(report.id))
        if said.kind is Kind.ASK and self._asked(report, key, rows):
            raise Refusal(_ASKED)
        if any(row.id == message for row in rows):
            return
        if report.stage != "sent":
            raise Refusal(_CHANGED)
        body = self._sealing.seal_message(report, key, message, said)
        row = MessageRow(message, report.id, DESK, self._week(report, now), body, now)
        entry = self.entry(actor, report, _DONE[said.kind])
        also = (case,) if case else ()
        took = await self._store.write(AddMessage(row), entry, *_marks(report, said.kind, now), *also)
        if not took[0] and await self._store.read(MessageById(message)) is None:
            raise Refusal(_CHANGED)

    async def note(self, actor: Actor, report_id: bytes, press: str, said: Said) -> None:
        """Keep something that only the desk reads; twice is once. Raises Refusal."""
        opened = await self._open(actor, report_id, None)
        report, now, key = opened.report, self._clock.now(), self._key(actor, opened)
        message = _pressed(key, press)
        body = self._sealing.seal_message(report, key, message, said)
        row = MessageRow(message, report.id, NOTE, self._week(report, now), body, now)
        if await self._store.read(MessageById(message)) is not None:
            return
        took = await self._store.write(AddMessage(row), self.entry(actor, report, "wrote a note"))
        if not took[0]:
            raise Refusal(_CHANGED)

    def door(self, desk: DeskRow) -> Door:
        """The lock of a desk's inbox. One that was made stays, whatever the settings say now."""
        if self._inboxes.locked(desk):
            return Door.LOCK
        settings = self._settings.named(desk.workspace)
        return Door.WANTED if settings and settings.locks(desk.channel) else Door.NONE

    async def desk(self, actor: Actor, known: bytes, pressed: Place | None) -> DeskRow:
        """The desk of a report, or with this id, for somebody who can read it. Raises Refusal."""
        if await self._store.read(ReportById(known)) is not None:
            return (await self._open(actor, known, pressed)).desk
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
        """Whether somebody is among those who must not read a report."""
        return user in self._sealing.route(report).named

    def entry(self, actor: Actor, report: ReportRow, did: str) -> AppendAudit:
        """What the audit log says of something that a handler did with a report."""
        return self._audit.entry(report.workspace, actor.user, did, code(report.id), self._clock.now())

    def _asked(self, report: ReportRow, key: bytes, rows: Sequence[MessageRow]) -> bool:
        desk = [row for row in rows if row.side == DESK]
        return any(self._sealing.message(report, key, row).kind is Kind.ASK for row in desk)

    def _week(self, report: ReportRow, now: datetime) -> str:
        settings = self._settings.named(report.workspace)
        return anonymity.week_of(now, settings.timezone if settings else "UTC")

    async def _open(self, actor: Actor, report_id: bytes, pressed: Place | None) -> _Opened:
        report = await self._store.read(ReportById(report_id))
        if report is None or report.workspace != str(actor.workspace):
            raise Refusal(NOT_YOURS)
        keys = await self._store.read(ReportKeys(report.id))
        desk = await self._desk_of(report, keys, pressed)
        if desk is None or actor.user in self._sealing.route(report).named:
            raise Refusal(NOT_YOURS)
        if not await self._routing.may_open(Place(actor.workspace, desk.channel), actor.user):
            raise Refusal(NOT_YOURS)
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        if actor.user in case.recused:
            raise Refusal(NOT_YOURS)
        return _Opened(report, keys, desk, case)

    def _key(self, actor: Actor, opened: _Opened) -> bytes:
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


_DONE = {
    Kind.TEXT: "answered",
    Kind.REVIEW: "looks into it",
    Kind.ASK: "asked who wrote",
    Kind.CLOSE: "closed",
}
"""What the audit log says of what a desk writes."""


def _pressed(key: bytes, press: str) -> bytes:
    """The id of what a press makes. Keyed, or ids in a stolen store would say what a desk marked."""
    return blake2b(press.encode(), key=key, digest_size=16, person=b"metoo desk").digest()


def _marks(report: ReportRow, kind: Kind, now: datetime) -> tuple[Change, ...]:
    if kind is Kind.REVIEW:
        return (MarkReviewing(report.id, now),)
    return (MarkClosed(report.id, now),) if kind is Kind.CLOSE else ()
