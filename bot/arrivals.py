"""What arrives at a desk: a report's card, news about it, its end; never a word of its text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot import anonymity
from bot.account import Route
from bot.case import Cases
from bot.config import WorkspaceSettings
from bot.conversation import Kind, answer_due
from bot.deadlines import Promise
from bot.delivery import Done, Posting, Removal, Wait
from bot.errors import UnsealError
from bot.keypair import SEED, KeyPair
from bot.notices import Standing, desk_card, escalated_card, moved_card, note_card, renewed, withdrawn_card
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    CaseOf,
    Change,
    DeskRow,
    Desks,
    DropPost,
    EraseReport,
    MarkArrived,
    MarkClosed,
    MarkDelivered,
    MessageById,
    MessageRow,
    MessagesOf,
    OutboxRow,
    PostRow,
    PostsAbout,
    PutPost,
    ReportById,
    ReportKeys,
    ReportRow,
)
from bot.routing import Look, Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces

REPORT = "report"
NOTE = "note"
MOVED = "moved"
ERASE = "erase"
ESCALATED = "escalated"
GONE = "gone"
"""The kind of posts whose report has ended, and of the outbox row that takes them away."""

QUIET = {Kind.TEXT, Kind.REMIND}
"""What a muted case brings without a post: it is read when the case is opened, and what is due stays due."""

RETALIATION = "retaliation"
OVERVIEW = "overview"
"""The kind of the post that sums up a desk's week."""

REMINDER = "reminder"
"""The kind of the post that says what is due at a desk."""

RECHECK = timedelta(minutes=10)
"""How often what waits for a safe desk looks again."""

PATIENCE = timedelta(hours=24)
"""How long a report waits for an unsafe desk before it takes the next one."""

TAKING_AWAY = timedelta(days=30)
"""How long we try to take posts away, before we forget that they were ours."""

LEFT_FOR = timedelta(days=7)
"""How long a desk can read that a report was taken back which was erased at once."""

HOLD_RECHECK = timedelta(days=1)
"""How often an erasure that a legal hold stops looks again."""


class Arrivals:
    """Composes what desks see in their channels."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        cases: Cases,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._cases = cases
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def report(self, row: OutboxRow) -> Posting | Wait | None:
        """The card of a report in the desk that gets it; waits while no desk may."""
        report = await self._store.read(ReportById(row.subject))
        settings = self._settings.named(row.workspace)
        if settings is None:  # taken out of the configuration, perhaps by mistake: no report is lost for that
            return Wait(self._clock.now() + RECHECK)
        if report is None or report.stage != "sent":
            return await self._withdrawn(settings, row, report)
        if report.delivered is not None:
            return await self._again(settings, report)
        return await self._first(settings, report, row)

    async def note(self, row: OutboxRow) -> Posting | Done | Wait | None:
        """News about a report: that there is something to read, and not what."""
        message = await self._store.read(MessageById(row.subject))
        report = await self._store.read(ReportById(message.report)) if message else None
        settings = self._settings.named(row.workspace)
        if message is None or report is None:
            return None
        desk = await self._desk(report)
        if settings is None or desk is None or not (await self._look(settings, report, desk)).permitted:
            return Wait(self._again_at())
        also: tuple[Change, ...] = (MarkArrived(message.id, self._clock.now()),)
        if report.closed is not None and report.stage == "sent":
            also = (*also, MarkClosed(report.id, None))
        if report.delivered is not None:
            also = (*also, renewed(report.id, report.workspace, self._clock.now(), self._random))
        if report.delivered is not None and row.due <= report.delivered:
            return Done(also)  # it came with the report, whose card says enough
        if await self._muted(report, message, desk):
            return Done(also)
        return Posting(settings.place(desk.channel), note_card(settings, report), also)

    async def _muted(self, report: ReportRow, message: MessageRow, desk: DeskRow) -> bool:
        """Whether a desk wants no post about this: never for a danger, retaliation or anything but an addition."""
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        if not case.muted or case.safety or self._sealing.route(report).category == RETALIATION:
            return False
        private = self._sealing.private_of(desk)
        if len(private) != SEED:  # under lock nobody can tell what it is, so it is posted
            return False
        try:
            keys = await self._store.read(ReportKeys(report.id))
            key = self._sealing.key_for_desk(report, keys, desk, KeyPair(private))
            return self._sealing.message(report, key, message).kind in QUIET
        except UnsealError:
            return False

    async def card(self, row: OutboxRow) -> Posting | Wait | None:
        """The card that stands, as it is true now; none is posted where none stands."""
        report = await self._store.read(ReportById(row.subject))
        settings = self._settings.named(row.workspace)
        desk = await self._desk(report) if report else None
        if report is None or settings is None or desk is None or report.stage != "sent":
            return None
        if all(post.channel != desk.channel for post in await self._posts(report.id)):
            return None
        if not (await self._look(settings, report, desk)).permitted:
            return Wait(self._again_at())
        return replace(await self._card(settings, report, desk), kind=REPORT)

    async def moved(self, row: OutboxRow) -> Posting | None:
        """The card of a report in a desk that does not have it any more."""
        report = await self._store.read(ReportById(row.subject))
        settings = self._settings.named(row.workspace)
        desk = await self._desk(report) if report else None
        now_in = desk.channel if desk else ""
        for post in await self._posts(row.subject):
            if settings and post.channel != now_in:
                left = PutPost(replace(post, kind=MOVED))  # so that it is not taken for a card of today
                place = settings.place(post.channel)
                card = escalated_card if row.kind == ESCALATED else moved_card
                return Posting(place, card(settings, row.subject), (left,), kind=REPORT)
        return None

    async def erase(self, row: OutboxRow) -> Done | Wait | None:
        """The end of a withdrawn report, unless its writer or a legal hold wants otherwise."""
        report = await self._store.read(ReportById(row.subject))
        if report is None or report.stage != "withdrawn":
            return None
        if report.held is not None:
            return Wait(self._clock.now() + HOLD_RECHECK)
        return Done((EraseReport(report.id, self._taking_away(row, self._clock.now())),))

    async def gone(self, row: OutboxRow) -> Removal | Done:
        """The end of all posts about a report that is not there any more."""
        posts = await self._store.read(PostsAbout(GONE, row.subject))
        if await self._store.read(ReportById(row.subject)) is None:
            posts = (*posts, *await self._posts(row.subject))
        if self._clock.now() >= row.due + TAKING_AWAY:
            return Done(tuple(DropPost(post.id) for post in posts))
        return Removal(posts)

    async def _first(self, settings: WorkspaceSettings, report: ReportRow, row: OutboxRow) -> Posting | Wait:
        route = self._sealing.route(report)
        looks = await self._looks(settings, route)
        by = {look.desk.id.hex(): look for look in looks}
        # In the order that its writer saw: a change of desks since then moves nothing.
        fit = [by[each] for each in route.desks if each in by and each not in route.skip]
        chosen = self._choose(row, fit)
        if chosen is None:
            return Wait(self._again_at())
        now, desk = self._clock.now(), chosen.desk
        also: list[Change] = [MarkDelivered(report.id, desk.id, now)]
        if route.shared and chosen is looks[0]:
            also.append(self._statement(row))
        here = replace(report, desk=desk.id, delivered=now)
        return replace(await self._card(settings, here, desk), also=tuple(also))

    async def _again(self, settings: WorkspaceSettings, report: ReportRow) -> Posting | Wait | None:
        desk = await self._desk(report)
        if desk is None:
            return None
        if not (await self._look(settings, report, desk)).permitted:
            return Wait(self._again_at())
        return await self._card(settings, report, desk)

    async def _card(self, settings: WorkspaceSettings, report: ReportRow, desk: DeskRow) -> Posting:
        promise = Promise.of(settings, self._settings)
        due = answer_due(report, await self._store.read(MessagesOf(report.id)), promise.answer)
        card = desk_card(settings, Standing(report, due, promise), self._sealing.route(report))
        return Posting(settings.place(desk.channel), card)

    async def _withdrawn(
        self, settings: WorkspaceSettings, row: OutboxRow, report: ReportRow | None
    ) -> Posting | None:
        desk = await self._desk(report) if report else None
        channels = [post.channel for post in await self._posts(row.subject)]
        if desk is not None and desk.channel in channels:
            channels = [desk.channel]
        also = () if report else (AddOutbox(self._taking_away(row, self._clock.now() + LEFT_FOR)),)
        for channel in channels:
            return Posting(settings.place(channel), withdrawn_card(settings, row.subject), also)
        return None

    def _taking_away(self, row: OutboxRow, due: datetime) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), GONE, row.subject, row.workspace, due)

    async def _posts(self, report: bytes) -> tuple[PostRow, ...]:
        return await self._store.read(PostsAbout(REPORT, report))

    async def _desk(self, report: ReportRow) -> DeskRow | None:
        desks = await self._store.read(Desks(report.workspace))
        return next((desk for desk in desks if desk.id == report.desk), None)

    async def _look(self, settings: WorkspaceSettings, report: ReportRow, desk: DeskRow) -> Look:
        (look,) = await self._routing.look_at(settings, (desk,), self._sealing.route(report).named)
        return look

    async def _looks(self, settings: WorkspaceSettings, route: Route) -> tuple[Look, ...]:
        """The desks that are in force, first choice first, and then those it was sent to that are none any more."""
        desks = await self._store.read(Desks(str(settings.workspace)))
        former = [
            each for each in desks if each.channel not in settings.desks and each.id.hex() in route.desks
        ]
        looks = await self._routing.look(settings, desks, route.named)
        return (*looks, *await self._routing.look_at(settings, former, route.named))

    def _choose(self, row: OutboxRow, looks: list[Look]) -> Look | None:
        patient = self._clock.now() < row.due + PATIENCE
        for look in looks:
            if look.permitted:
                return look
            if patient and not look.barred:
                return None
        return None

    def _statement(self, row: OutboxRow) -> AddOutbox:
        due = self._clock.now() + anonymity.delay(self._settings.delays.statement, self._random)
        return AddOutbox(OutboxRow(self._random.randbytes(16), "statement", row.subject, row.workspace, due))

    def _again_at(self) -> datetime:
        return self._clock.now() + RECHECK * self._random.uniform(0.8, 1.2)
