"""Where a report goes when its writer sends it on: a private record to HR, or a report to another desk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary

from bot.account import Route
from bot.arrivals import MOVED, REPORT
from bot.conversation import Said
from bot.errors import Refusal
from bot.i18n import N_
from bot.letters import HELD, KEPT, NOT_NOW, Letters
from bot.limits import Limits
from bot.model import Actor
from bot.ports import Store
from bot.records import (
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    DropOutboxAbout,
    EndQuiet,
    MessageById,
    MessagesOf,
    ReportById,
    ReportRow,
    RouteReport,
)
from bot.routing import Look, Routing
from bot.sealing import Sealing
from bot.visits import Visit

_NO_OTHER = N_(
    "There is no other desk that could get it: each one had it already, or somebody you picked can read it."
    " Find support lists help outside this workplace."
)
_NOT_THAT_ONE = N_(
    "The desk you chose cannot get it now: it had it already, or somebody you picked can read it. Nothing was sent and"
    " nothing was kept of what you typed just now. You can send it to the desk that has your report."
)
_TWICE = N_(
    "Two desks have read this and closed it as not a report, each with a reason, so it goes to no third one. You can"
    " still add to it here, and Find support lists help outside this workplace."
)
_TOMORROW = N_(
    "No more can be sent from here today. Nothing is lost: all of it stays as it is, and you can send it tomorrow."
)


class Destinations:
    """The choice of a desk, and the way there."""

    def __init__(
        self, *, store: Store, sealing: Sealing, routing: Routing, limits: Limits, letters: Letters
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._routing = routing
        self._limits = limits
        self._letters = letters
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def others(self, visit: Visit) -> tuple[Look, ...]:
        """Which other desks could get this report, first choice first: none that had it or gets it anyway."""
        coming = self._coming(visit.report)
        return tuple(look for look in await self._able(visit) if look.desk.id.hex() not in coming)

    async def _able(self, visit: Visit) -> tuple[Look, ...]:
        report = visit.report
        settings = self._letters.workplace(report)
        account = self._sealing.account(report, await self._letters.key(visit))
        looks = await self._routing.look(
            settings, await self._store.read(Desks(report.workspace)), account.barred
        )
        had = {*self._sealing.route(report).skip}
        if report.desk and not report.quiet:
            had.add(report.desk.hex())
        return tuple(look for look in looks if not look.barred and look.desk.id.hex() not in had)

    async def stuck(self, visit: Visit) -> bool:
        """Whether a report waits, and no desk that can open it may have it now."""
        if not _waits(visit.report):
            return False
        coming = self._coming(visit.report)
        return not any(look.desk.id.hex() in coming for look in await self._able(visit))

    async def elsewhere(self, visit: Visit) -> bool:
        """Whether there is another desk to which its writer can send it."""
        with_a_desk = _with_a_desk(visit.report)
        return with_a_desk or (_waits(visit.report) and bool(await self.others(visit)))

    def _coming(self, report: ReportRow) -> set[str]:
        """The desks to which a report is on its way already."""
        return set(self._sealing.route(report).desks) if _waits(report) else set()

    async def choice(self, visit: Visit) -> tuple[Look, ...]:
        """Which other desks may get what happened since; none while no desk has the report."""
        if not _with_a_desk(visit.report) or self._sealing.route(visit.report).refused > 1:
            return ()
        return tuple(look for look in await self.others(visit) if look.permitted)

    async def send(self, actor: Actor, visit: Visit) -> None:
        """Send a private record, or a report to another desk; twice at once is once. Raises Refusal."""
        if visit.report.quiet:  # a desk has it, and its writer has not been told yet
            await self._store.write(EndQuiet(visit.report.id))
            return
        if visit.report.stage not in {KEPT, HELD} and not await self.elsewhere(visit):
            raise Refusal(NOT_NOW)
        async with self._turn(visit):
            if await self._store.read(ReportById(visit.report.id)) == visit.report:
                await self._send(actor, visit)

    async def _send(self, actor: Actor, visit: Visit) -> None:
        if self._sealing.route(visit.report).refused > 1:
            raise Refusal(_TWICE)
        looks = await self.others(visit)
        desks = [look.desk for look in looks if look.unread] or [look.desk for look in looks]
        if not desks:
            raise Refusal(_NO_OTHER)
        try:
            self._limits.room_for_report(actor)
        except Refusal as full:
            raise Refusal(_TOMORROW) from full
        with self._limits.report(actor):
            await self._store.write(*await self._routed(visit, desks, self._letters.arrives()))

    async def tell(self, actor: Actor, visit: Visit, message: bytes, said: Said, desk: str) -> None:
        """Send a report to this desk (its id in hex) together with a message; twice is once. Raises Refusal.

        Both are saved at once, so that the desk which had the report never gets the message.
        """
        async with self._turn(visit):
            if await self._store.read(MessageById(message)) is None:
                await self._tell(actor, visit, message, said, desk)

    async def _tell(self, actor: Actor, visit: Visit, message: bytes, said: Said, desk: str) -> None:
        if not _with_a_desk(visit.report):
            raise Refusal(NOT_NOW)
        if self._sealing.route(visit.report).refused > 1:
            raise Refusal(_TWICE)
        desks = [look.desk for look in await self.others(visit) if look.desk.id.hex() == desk]
        if not desks:
            raise Refusal(_NOT_THAT_ONE)
        self._limits.message(actor)
        arrives = self._letters.arrives()
        routed = await self._routed(visit, desks, arrives)
        took = await self._store.write(*routed, await self._letters.message(visit, message, said, arrives))
        if not took[0]:
            raise Refusal(NOT_NOW)

    def _turn(self, visit: Visit) -> asyncio.Lock:
        return self._turns.setdefault(visit.report.id, asyncio.Lock())

    async def _routed(self, visit: Visit, desks: Sequence[DeskRow], arrives: datetime) -> tuple[Change, ...]:
        report, key = visit.report, await self._letters.key(visit)
        old = self._sealing.route(report)
        fresh = Route.of(self._sealing.account(report, key), desks)
        shared = fresh.shared if report.stage in {KEPT, HELD} else old.shared
        skip = (*old.skip, report.desk.hex()) if report.desk else old.skip
        late = bool(report.desk) and await self._letters.late(report)
        missed = (*old.missed, report.desk.hex()) if report.desk and late else old.missed
        route = replace(fresh, skip=skip, shared=shared, missed=missed, words=old.words)
        route = replace(route, refusers=old.refusers, recused=old.recused)
        routing = self._sealing.seal_route(report, route)
        known = await self._store.read(Desks(report.workspace))
        wrapped = self._sealing.wrap(report, key, desks, [desk for desk in known if desk not in desks])
        delivery = self._letters.waits(REPORT, report, arrives)
        sent = RouteReport(report.id, routing, wrapped, delivery, report.expires)
        if report.desk:
            return sent, AddOutbox(self._letters.waits(MOVED, report, arrives))
        if _waits(report):  # what waited for the other desk would come too early, and its news waits already
            return DropOutboxAbout(REPORT, report.id), sent
        kept = [row.id for row in await self._store.read(MessagesOf(report.id)) if row.at is None]
        return sent, *(AddOutbox(self._letters.note(each, report, arrives)) for each in kept)


def _waits(report: ReportRow) -> bool:
    return report.stage == "sent" and report.delivered is None


def _with_a_desk(report: ReportRow) -> bool:
    return report.stage == "sent" and report.delivered is not None
