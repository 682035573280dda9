"""Cases of handlers who can no longer read their desk: they are freed, on the record, so that nobody waits for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.audit import Audit
from bot.case import Cases
from bot.config import WorkspaceSettings
from bot.conversation import code
from bot.errors import PlatformError
from bot.ports import Clock, Store
from bot.records import CaseOf, DeskRow, Desks, ReportRow, ReportsAtDesks
from bot.routing import Routing
from bot.workplaces import Workplaces

EVERY = timedelta(hours=1)
FREED = "freed"
"""What the log says of it; nobody did it."""


class Freeing:
    """Looks every hour whether everybody who works on a case can still open it."""

    def __init__(
        self,
        *,
        store: Store,
        cases: Cases,
        audit: Audit,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._cases = cases
        self._audit = audit
        self._routing = routing
        self._settings = settings
        self._clock = clock

    async def run(self) -> datetime:
        """A job: free what nobody can work on, and say when to look next."""
        for settings in self._settings.workspaces:
            workspace = str(settings.workspace)
            desks = {desk.id: desk for desk in await self._store.read(Desks(workspace))}
            for report in await self._store.read(ReportsAtDesks(workspace)):
                if report.closed is None and report.desk in desks:
                    await self._look(settings, report, desks[report.desk])
        return self._clock.now() + EVERY

    async def _look(self, settings: WorkspaceSettings, report: ReportRow, desk: DeskRow) -> None:
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        if not case.assigned or not await self._gone(settings, desk, case.assigned):
            return
        put = self._cases.put(report.workspace, report.id, replace(case, assigned=""))
        entry = self._audit.entry(report.workspace, "", FREED, code(report.id), self._clock.now())
        await self._store.write(replace(put, also=(entry,)))

    async def _gone(self, settings: WorkspaceSettings, desk: DeskRow, handler: str) -> bool:
        try:
            return not await self._routing.can_read(settings.place(desk.channel), handler)
        except PlatformError:
            return False  # not known to be gone; looked at again in an hour
