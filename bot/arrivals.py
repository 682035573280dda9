"""What arrives at a desk: a report's card, news about it, its end; never a word of its text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot import anonymity
from bot.account import CATEGORIES, UNSAID, Route
from bot.config import WorkspaceSettings
from bot.conversation import code
from bot.delivery import Done, Posting, Wait
from bot.i18n import Translator, translator
from bot.model import Address, Button, Card, Paragraph, Row, Style
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    EraseReport,
    MarkArrived,
    MarkClosed,
    MarkDelivered,
    MessageById,
    OutboxRow,
    PostRow,
    PostsAbout,
    PutPost,
    ReportById,
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
REMINDER = "reminder"
"""The kind of the post that says what is due at a desk."""

RECHECK = timedelta(minutes=10)
"""How often what waits for a safe desk looks again."""

PATIENCE = timedelta(hours=24)
"""How long a report waits for an unsafe desk before it takes the next one."""

HOLD_RECHECK = timedelta(days=1)
"""How often an erasure that a legal hold stops looks again."""


class Arrivals:
    """Composes what desks see in their channels."""

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
        if report.delivered is not None and row.due <= report.delivered:
            return Done(also)  # it came with the report, whose card says enough
        return Posting(settings.place(desk.channel), note_card(settings, report), also)

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
        return Done((EraseReport(report.id),))

    async def _first(self, settings: WorkspaceSettings, report: ReportRow, row: OutboxRow) -> Posting | Wait:
        route = self._sealing.route(report)
        looks = await self._looks(settings, route)
        fit = [look for look in looks if look.desk.id.hex() in set(route.desks) - set(route.skip)]
        chosen = self._choose(row, fit)
        if chosen is None:
            return Wait(self._again_at())
        also: list[Change] = [MarkDelivered(report.id, chosen.desk.id, self._clock.now())]
        if route.shared and chosen is looks[0]:
            also.append(self._statement(row))
        return Posting(settings.place(chosen.desk.channel), desk_card(settings, report, route), tuple(also))

    async def _again(self, settings: WorkspaceSettings, report: ReportRow) -> Posting | Wait | None:
        desk = await self._desk(report)
        if desk is None:
            return None
        if not (await self._look(settings, report, desk)).permitted:
            return Wait(self._again_at())
        return Posting(settings.place(desk.channel), desk_card(settings, report, self._sealing.route(report)))

    async def _withdrawn(
        self, settings: WorkspaceSettings, row: OutboxRow, report: ReportRow | None
    ) -> Posting | None:
        desk = await self._desk(report) if report else None
        channels = [post.channel for post in await self._posts(row.subject)]
        if desk is not None and desk.channel in channels:
            channels = [desk.channel]
        for channel in channels:
            return Posting(settings.place(channel), withdrawn_card(settings, row.subject))
        return None

    async def _posts(self, report: bytes) -> tuple[PostRow, ...]:
        return await self._store.read(PostsAbout(REPORT, report))

    async def _desk(self, report: ReportRow) -> DeskRow | None:
        desks = await self._store.read(Desks(report.workspace))
        return next((desk for desk in desks if desk.id == report.desk), None)

    async def _look(self, settings: WorkspaceSettings, report: ReportRow, desk: DeskRow) -> Look:
        (look,) = await self._routing.look_at(settings, (desk,), self._sealing.route(report).named)
        return look

    async def _looks(self, settings: WorkspaceSettings, route: Route) -> tuple[Look, ...]:
        desks = await self._store.read(Desks(str(settings.workspace)))
        return await self._routing.look(settings, desks, route.named)

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


def desk_card(settings: WorkspaceSettings, report: ReportRow, route: Route) -> Card:
    """The card in the desk's channel: no text of the report and no name, because channels are exported."""
    t = translator(settings.language)
    return Card(
        t("A report arrived"),
        (
            Row(t("Report"), code(report.id)),
            *_kind(t, route),
            Paragraph(
                t("The text is not posted here. People who can read this channel can open it privately.")
            ),
            Paragraph(t("Please do not try to find out who wrote it.")),
        ),
        (_read(settings, report),),
    )


def _kind(t: Translator, route: Route) -> tuple[Row, ...]:
    return () if route.category == UNSAID else (Row(t("Kind"), t(CATEGORIES[route.category])),)


def note_card(settings: WorkspaceSettings, report: ReportRow) -> Card:
    """The card that says there is news about a report."""
    t = translator(settings.language)
    said = Paragraph(t("There is something new to read about this report."))
    return Card(t("News about report {code}", code=code(report.id)), (said,), (_read(settings, report),))


def moved_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report another desk has now."""
    t = translator(settings.language)
    said = Paragraph(
        t("Its writer sent this report to another desk. It cannot be opened from here any more.")
    )
    return Card(t("Report {code} is with another desk", code=code(report)), (said,))


def escalated_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report went on, because nobody answered."""
    t = translator(settings.language)
    said = Paragraph(
        t(
            "Nobody answered in time, so this report went to the next desk. It cannot be opened from here any more."
        )
    )
    return Card(t("Report {code} is with another desk", code=code(report)), (said,))


def withdrawn_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report was taken back."""
    t = translator(settings.language)
    said = Paragraph(
        t("Its writer took this report back and asks you to stop. Its text cannot be opened any more.")
    )
    return Card(t("Report {code} was taken back", code=code(report)), (said,))


def _read(settings: WorkspaceSettings, report: ReportRow) -> Button:
    t = translator(settings.language)
    return Button(t("Read privately"), Address("desk.read", report.id.hex()), Style.PRIMARY)
