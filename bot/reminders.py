"""Reminders: once on a working day a desk reads how many answers are due, by numbers of cases and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from bot.arrivals import ESCALATED, REMINDER, REPORT
from bot.config import WorkspaceSettings
from bot.conversation import answer_due, code
from bot.deadlines import Promise
from bot.delivery import Posting
from bot.i18n import Translator, translator
from bot.model import Card, Paragraph, Row
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    MessagesOf,
    OutboxRow,
    PutWatch,
    ReportRow,
    ReportsAtDesks,
    RouteReport,
    WatchOf,
    WatchRow,
)
from bot.routing import Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces

EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DueCases:
    """Codes of a desk's open cases: overdue, due today, due on the next working days; and the same of outcomes.

    `feedback` are those whose outcome is due by the next working day, `outcome` those for which that day has passed.
    """

    overdue: tuple[str, ...] = ()
    today: tuple[str, ...] = ()
    soon: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.overdue, self.today, self.soon, self.feedback, self.outcome))


class Reminders:
    """Looks every hour what is due, and sends on what is overdue where the workplace wants that."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def run(self) -> datetime:
        """A job: remind every desk of today, in working hours and once, and say when to look next."""
        now = self._clock.now()
        for settings in self._settings.workspaces:
            promise = Promise.of(settings, self._settings)
            if promise.working(now):
                await self._look(settings, promise)
        return now + EVERY

    async def _look(self, settings: WorkspaceSettings, promise: Promise) -> None:
        workspace = str(settings.workspace)
        reports = await self._store.read(ReportsAtDesks(workspace))
        for desk in await self._store.read(Desks(workspace)):
            mine = [each for each in reports if each.desk == desk.id and each.closed is None]
            if settings.escalate:
                for report in mine:
                    await self._escalate(settings, promise, report, desk)
            await self._remind(promise, desk, mine)

    async def _remind(self, promise: Promise, desk: DeskRow, reports: Sequence[ReportRow]) -> None:
        today = promise.day(self._clock.now())
        known = await self._store.read(WatchOf(desk.id)) or WatchRow(desk.id, None, None)
        if known.reminded == today or not await self.due(promise, reports):
            return
        row = self._row(REMINDER, desk.id, desk.workspace)
        await self._store.write(PutWatch(replace(known, reminded=today)), AddOutbox(row))

    async def due(self, promise: Promise, reports: Sequence[ReportRow]) -> DueCases:
        """What of these is due."""
        now = self._clock.now()
        today, soon = promise.day(now), promise.next_working_day(now)
        found: dict[str, list[str]] = {each.name: [] for each in fields(DueCases)}
        for report in reports:
            by = answer_due(report, await self._store.read(MessagesOf(report.id)), promise.answer)
            day = promise.day(by) if by else ""
            if by is not None and day <= soon:
                found["overdue" if day < today else "today" if day == today else "soon"].append(
                    code(report.id)
                )
            elif report.delivered is not None:
                end = promise.day(promise.feedback(report.delivered))
                if end <= soon:
                    found["outcome" if end < today else "feedback"].append(code(report.id))
        return DueCases(**{name: tuple(sorted(codes)) for name, codes in found.items()})

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The reminder as it is true when it is posted; none where nothing is due any more."""
        settings = self._settings.named(row.workspace)
        desk = next(
            (each for each in await self._store.read(Desks(row.workspace)) if each.id == row.subject), None
        )
        if settings is None or desk is None:
            return None
        reports = await self._store.read(ReportsAtDesks(row.workspace))
        mine = [each for each in reports if each.desk == desk.id and each.closed is None]
        due = await self.due(Promise.of(settings, self._settings), mine)
        if not due or not (await self._routing.facts(settings.place(desk.channel))).safe:
            return None
        return Posting(
            settings.place(desk.channel), reminder_card(translator(settings.language), due), anew=True
        )

    async def _escalate(
        self, settings: WorkspaceSettings, promise: Promise, report: ReportRow, desk: DeskRow
    ) -> None:
        """Send a report to the next desk that may have it, where nobody answered in time."""
        by = answer_due(report, await self._store.read(MessagesOf(report.id)), promise.answer)
        if by is None or promise.day(by) >= promise.day(self._clock.now()):
            return  # all of the last day counts
        route = self._sealing.route(report)
        skip = (*route.skip, desk.id.hex())
        able = set(route.desks) - set(skip)
        desks = [each for each in await self._store.read(Desks(report.workspace)) if each.id.hex() in able]
        if not any(look.permitted for look in await self._routing.look(settings, desks, route.named)):
            return
        missed = (*route.missed, desk.id.hex())
        routing = self._sealing.seal_route(report, replace(route, skip=skip, missed=missed))
        nothing = self._sealing.wrap(report, bytes(32), (), (desk,))
        delivery = self._row(REPORT, report.id, report.workspace)
        sent = RouteReport(report.id, routing, nothing, delivery, report.expires)
        also: tuple[Change, ...] = (AddOutbox(self._row(ESCALATED, report.id, report.workspace)),)
        await self._store.write(sent, *also)

    def _row(self, kind: str, subject: bytes, workspace: str) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, subject, workspace, self._clock.now())


def reminder_card(t: Translator, due: DueCases) -> Card:
    """Counts and numbers of cases; nobody's name and no word of a report."""
    said = (
        (t("Overdue"), due.overdue),
        (t("Due today"), due.today),
        (t("Due soon"), due.soon),
        (t("An outcome is due"), due.feedback),
        (t("Longer than three months without an outcome"), due.outcome),
    )
    rows = tuple(Row(label, f"{len(codes)}: {', '.join(codes)}") for label, codes in said if codes)
    note = Paragraph(
        t("Read privately stands on the card of each; Cases in the menu of /metoo lists all of them.")
    )
    return Card(t("Answers are due"), (*rows, note))
