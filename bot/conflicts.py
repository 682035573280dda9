"""Conflicts of interest that come later: a report leaves a desk that somebody who must not read it can read now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.arrivals import MOVED, NOTE, OVERVIEW, REMINDER, REPORT
from bot.config import WorkspaceSettings
from bot.delivery import Removal
from bot.errors import Gone, PlatformError
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    DropOutboxAbout,
    MessagesOf,
    OutboxRow,
    PostRow,
    PostsAbout,
    ReportById,
    ReportRow,
    ReportsAtDesks,
    RouteReport,
)
from bot.routing import Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces

EVERY = timedelta(hours=1)
VANISH = "vanish"
"""The kind of outbox row that takes a report's posts away from where somebody must not see them."""


class Conflicts:
    """Looks every hour whether a desk can be read by somebody who must not read what it has."""

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
        """A job: move every report that has to leave its desk, and say when to look next."""
        for settings in self._settings.workspaces:
            await self._look(settings)
        return self._clock.now() + EVERY

    async def _look(self, settings: WorkspaceSettings) -> None:
        desks = {desk.id: desk for desk in await self._store.read(Desks(str(settings.workspace)))}
        for report in await self._store.read(ReportsAtDesks(str(settings.workspace), hidden=True)):
            desk = desks.get(report.desk or b"")
            if desk is not None and await self._barred(settings, desk.channel, report):
                await self._leave(report, desk)
            elif desk is not None and await self._left_behind(settings, desk, report):
                await self._store.write(*self._vanishing(report))

    async def _barred(self, settings: WorkspaceSettings, channel: str, report: ReportRow) -> bool:
        try:
            return await self._read(settings, channel, report)
        except PlatformError:
            return False  # looked at again in an hour; until then each of them is refused by themselves

    async def _left_behind(self, settings: WorkspaceSettings, desk: DeskRow, report: ReportRow) -> bool:
        """Whether somebody who must not read it can see a post about it in a desk that had it before."""
        elsewhere = {each.channel for each in await self._posts(report.id)} - {desk.channel}
        return any([await self._barred(settings, each, report) for each in elsewhere])

    async def _read(self, settings: WorkspaceSettings, channel: str, report: ReportRow) -> bool:
        named = self._sealing.route(report).named
        return bool(named) and await self._routing.any_can_read(settings.place(channel), named)

    async def _leave(self, report: ReportRow, desk: DeskRow) -> None:
        """Without a word: its posts go, its key there opens nothing, and the next desk that may have it gets it.

        One that is closed or taken back stays with its desk, where each who must not read it is refused; its posts go.
        """
        vanish = self._vanishing(report)
        if report.closed is not None or report.stage != "sent":
            if any(each.channel == desk.channel for each in await self._posts(report.id)):
                await self._store.write(*vanish)
            return
        route = self._sealing.route(report)
        routing = self._sealing.seal_route(report, replace(route, skip=(*route.skip, desk.id.hex())))
        nothing = self._sealing.wrap(report, bytes(32), (), (desk,))
        sent = RouteReport(report.id, routing, nothing, self._now(REPORT, report), report.expires)
        await self._store.write(sent, *vanish)

    def _vanishing(self, report: ReportRow) -> tuple[Change, ...]:
        """One row at a time, however long the posts cannot be taken away."""
        return DropOutboxAbout(VANISH, report.id), AddOutbox(self._now(VANISH, report))

    def _now(self, kind: str, report: ReportRow) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, report.id, report.workspace, self._clock.now())

    async def vanish(self, row: OutboxRow) -> Removal | None:
        """The posts about a report in all channels that somebody can read who must not.

        Where that cannot be told, it is asked again in an hour: it must keep no post elsewhere standing.
        """
        settings, report = (
            self._settings.named(row.workspace),
            await self._store.read(ReportById(row.subject)),
        )
        posts = await self._posts(row.subject)
        if report is None or settings is None or not posts:
            return None
        barred = {
            channel: await self._known(settings, channel, report)
            for channel in {each.channel for each in posts}
        }
        again = replace(row, id=self._random.randbytes(16), due=self._clock.now() + EVERY)
        also = (AddOutbox(again),) if None in barred.values() else ()
        reminders = [each for each in await self._reminders(row.workspace) if barred.get(each.channel)]
        return Removal((*(each for each in posts if barred[each.channel]), *reminders), also)

    async def _reminders(self, workspace: str) -> tuple[PostRow, ...]:
        """All reminders and sums of a week that stand: they list or count cases, and which, nobody keeps."""
        found: list[PostRow] = []
        for desk in await self._store.read(Desks(workspace)):
            for kind in (REMINDER, OVERVIEW):
                found += await self._store.read(PostsAbout(kind, desk.id))
        return tuple(found)

    async def _known(self, settings: WorkspaceSettings, channel: str, report: ReportRow) -> bool | None:
        try:
            return await self._read(settings, channel, report)
        except Gone:
            return False  # nobody reads a channel that is not there
        except PlatformError:
            return None

    async def _posts(self, report: bytes) -> tuple[PostRow, ...]:
        """The card of a report and all news about it, wherever they stand."""
        found = [
            each for kind in (REPORT, MOVED) for each in await self._store.read(PostsAbout(kind, report))
        ]
        for message in await self._store.read(MessagesOf(report)):
            found += await self._store.read(PostsAbout(NOTE, message.id))
        return tuple(found)
