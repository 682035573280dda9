"""A desk's own weekly digest, in its channel: fuller than the public one, and of nothing but what this desk has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import anonymity
from bot.account import CATEGORIES
from bot.case import OUTCOMES, Cases
from bot.config import WorkspaceSettings
from bot.conversation import answer_due, answered_in_time
from bot.deadlines import Promise
from bot.delivery import Posting
from bot.figures import YEAR
from bot.i18n import translator
from bot.model import Address, Block, Button, Card, Paragraph, Row
from bot.moments import covered_week, end_of_week
from bot.ports import Store
from bot.records import CaseOf, DeskRow, Desks, MessagesOf, OutboxRow, ReportRow, ReportsAtDesks
from bot.routing import Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces


@dataclass(slots=True)
class Counts:
    """Exact numbers of reports, for the people who have them; no moment at which a writer did anything."""

    came: int = 0
    open: int = 0
    overdue: int = 0
    in_time: Counter[bool | None] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    oldest: str = ""


class Overview:
    """Counts what a desk has, when it is posted."""

    def __init__(
        self, *, store: Store, sealing: Sealing, cases: Cases, routing: Routing, settings: Workplaces
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._cases = cases
        self._routing = routing
        self._settings = settings

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The post, where the desk is still a safe place."""
        settings, desks = self._settings.named(row.workspace), await self._store.read(Desks(row.workspace))
        desk = next((each for each in desks if each.id == row.subject), None)
        if settings is None or desk is None or not await self._safe(settings, desk):
            return None
        week = covered_week(settings, row.due)
        counts = await self._count(settings, desk, week, row.due)
        words = settings.desks[:1] == (desk.channel,)
        card = overview_card(settings, week, counts, may_write=words)
        return Posting(settings.place(desk.channel), card, anew=True)

    async def _safe(self, settings: WorkspaceSettings, desk: DeskRow) -> bool:
        return (await self._routing.facts(settings.place(desk.channel))).safe

    async def _count(self, settings: WorkspaceSettings, desk: DeskRow, week: str, now: datetime) -> Counts:
        counts, promise, until = Counts(), Promise.of(settings, self._settings), end_of_week(settings, week)
        for report in await self._store.read(ReportsAtDesks(desk.workspace)):
            if report.desk == desk.id and report.delivered is not None and report.delivered < until:
                counts.came += report.delivered >= until - timedelta(weeks=1)
                await self._add(counts, report, report.delivered, promise, now)
        return counts

    async def _add(
        self, counts: Counts, report: ReportRow, delivered: datetime, promise: Promise, now: datetime
    ) -> None:
        rows = await self._store.read(MessagesOf(report.id))
        if delivered >= now - YEAR:
            counts.in_time[answered_in_time(report, rows, promise, now)] += 1
        if report.closed is not None:
            case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
            counts.outcomes[case.outcome if case.outcome in OUTCOMES else "other"] += 1
            return
        due = answer_due(report, rows, promise.answer)
        counts.open += 1
        counts.overdue += due is not None and promise.day(due) < promise.day(now)
        counts.kinds[self._sealing.route(report).category] += 1
        came = anonymity.week_of(delivered, promise.zone)
        counts.oldest = min(counts.oldest or came, came)


def overview_card(settings: WorkspaceSettings, week: str, counts: Counts, *, may_write: bool) -> Card:
    """The same rows every week."""
    t = translator(settings.language)
    owed = counts.in_time[True] + counts.in_time[False]
    rows: Sequence[Block] = (
        Row(t("Came in this week"), str(counts.came)),
        Row(t("Open cases"), str(counts.open)),
        Row(t("Overdue"), str(counts.overdue)),
        Row(t("The oldest open one is here since week"), counts.oldest or t("none is open")),
        Row(
            t("Answered in time, last 12 months"),
            t("{part} of {all}", part=counts.in_time[True], all=owed),
        ),
        Row(t("Closed"), str(sum(counts.outcomes.values()))),
        *(
            Row(t("Closed: {outcome}", outcome=t(OUTCOMES[each])), str(counts.outcomes[each]))
            for each in OUTCOMES
        ),
        *(Row(t("Open: {kind}", kind=t(CATEGORIES[each])), str(counts.kinds[each])) for each in CATEGORIES),
        Paragraph(
            t(
                "These are the reports that this desk has. Small numbers point at people: please keep them here."
            )
        ),
    )
    write = (Button(t("Write what changed here"), Address("digest.words")),) if may_write else ()
    preview = Button(t("Preview of the digest"), Address("digest.preview"))
    return Card(t("This desk, week {week}", week=week), tuple(rows), (*write, preview))
