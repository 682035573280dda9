"""Numbers of a desk's work for a year: bands, none where the workplace is small, and moving once a month."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import anonymity
from bot.account import CATEGORIES
from bot.case import OUTCOMES, Cases
from bot.casework import Casework
from bot.config import WorkspaceSettings
from bot.conversation import DESK
from bot.deadlines import Promise
from bot.desk import NOT_YOURS
from bot.errors import PlatformError, Refusal
from bot.i18n import Translator
from bot.model import Actor
from bot.ports import Clock, Store
from bot.records import CaseOf, Desks, MessagesOf, ReportRow, ReportsSince
from bot.routing import Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces

WEEKS = 52

Line = tuple[str, str, str]


class Statistics:
    """Counts what the first desk has: what passed over a desk is in no number that others may see."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        cases: Cases,
        casework: Casework,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._cases = cases
        self._casework = casework
        self._routing = routing
        self._settings = settings
        self._clock = clock

    async def table(self, actor: Actor, settings: WorkspaceSettings, t: Translator) -> bytes:
        """The table as CSV, for somebody who can open a desk. Raises Refusal."""
        if not await self._casework.handles(actor):
            raise Refusal(NOT_YOURS)
        last = last_week(self._clock.now(), settings.timezone)
        weeks = anonymity.weeks_before(last, WEEKS)
        head: list[Line] = [(t("What"), t("Which"), t("How many")), (t("Weeks"), f"{weeks[0]} – {last}", "")]
        if not anonymity.numbers_allowed(await self._members(settings)):
            said = t("No numbers are shown here, because this workplace is small.")
            return _csv([*head, (said, "", "")])
        reports = await self._reports(settings, weeks[0], last)
        return _csv([*head, *await self._lines(settings, reports, t)])

    async def _reports(self, settings: WorkspaceSettings, since: str, last: str) -> Sequence[ReportRow]:
        workspace = str(settings.workspace)
        desks = {desk.channel: desk.id for desk in await self._store.read(Desks(workspace))}
        first = desks.get(settings.desks[0])
        found = await self._store.read(ReportsSince(workspace, since))
        return [
            each
            for each in found
            if each.stage == "sent" and each.delivered and each.desk == first and each.week <= last
        ]

    async def _lines(
        self, settings: WorkspaceSettings, reports: Sequence[ReportRow], t: Translator
    ) -> list[Line]:
        promise = Promise.of(settings, self._settings)
        kinds, outcomes, answered = Counter[str](), Counter[str](), Counter[bool]()
        for report in reports:
            kinds[self._sealing.route(report).category] += 1
            answered[await self._in_time(report, promise)] += 1
            if report.closed is not None:
                case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
                outcomes[case.outcome or "other"] += 1
        return [
            (t("Reports"), "", t(anonymity.band_name(len(reports)))),
            *((t("Kind"), t(name), t(anonymity.band_name(kinds[each]))) for each, name in CATEGORIES.items()),
            (t("First answer"), t("in time"), t(anonymity.band_name(answered[True]))),
            (t("First answer"), t("late, or not yet"), t(anonymity.band_name(answered[False]))),
            *(
                (t("What came of it"), t(name), t(anonymity.band_name(outcomes[each])))
                for each, name in OUTCOMES.items()
            ),
        ]

    async def _in_time(self, report: ReportRow, promise: Promise) -> bool:
        rows = await self._store.read(MessagesOf(report.id))
        said = min((row.at for row in rows if row.side == DESK and row.at), default=None)
        return said is not None and report.delivered is not None and said <= promise.answer(report.delivered)

    async def _members(self, settings: WorkspaceSettings) -> int:
        try:
            known = await self._routing.population(settings.workspace)
        except PlatformError:
            known = None
        return anonymity.population(known, settings.population)


def last_week(now: datetime, zone: str) -> str:
    """The last week that had ended when this month began: until the next one no number moves."""
    week = anonymity.week_of(now.replace(day=1, hour=12), zone)
    return anonymity.iso_week(anonymity.monday_of(week) - timedelta(days=7))


def _csv(lines: Sequence[Line]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()
