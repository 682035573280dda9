"""The wall and the statements: the public posts under which people stand, and what they say."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot import anonymity
from bot.account import CATEGORIES, UNSAID, Route
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.delivery import Posting, Wait
from bot.errors import UnsealError
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Paragraph, Row, Style
from bot.ports import Clock, Store
from bot.records import (
    CloseWindow,
    DeskRow,
    Desks,
    OutboxRow,
    ReportById,
    ReportRow,
    ReportsSince,
    WindowAbout,
    WindowById,
    WindowRow,
)
from bot.routing import Routing
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, Solidarity, shown
from bot.workplaces import Workplaces

UNKNOWN_AGAIN = timedelta(minutes=1)
"""How soon a post looks again while a platform does not say how many members there are."""


class Wall:
    """Composes the posts of the solidarity channel from what may be shown."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        routing: Routing,
        solidarity: Solidarity,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._routing = routing
        self._solidarity = solidarity
        self._settings = settings
        self._clock = clock

    async def compose_wall(self, row: OutboxRow) -> Posting | Wait | None:
        """The post that carries the tally of "me too"."""
        settings = self._settings.named(row.workspace)
        window = await self._store.read(WindowById(row.subject))
        if settings is None or window is None or not settings.solidarity_channel:
            return None
        members = await self._solidarity.known_population(settings)
        if members is None:
            return Wait(self._clock.now() + UNKNOWN_AGAIN)
        return _posting(settings, window, wall_card(settings, window, members))

    async def compose_statement(self, row: OutboxRow) -> Posting | Wait | None:
        """The post that says one report exists, where and when DESIGN §3 allows it."""
        settings = self._settings.named(row.workspace)
        report = await self._store.read(ReportById(row.subject))
        if settings is None or not settings.solidarity_channel:
            return Wait(self._clock.now() + timedelta(days=1)) if report else None
        window = await self._store.read(WindowAbout(STATEMENT, row.subject))
        if report is None or report.stage != "sent" or not self._sealing.route(report).shared:
            return await self._taken_back(settings, window)
        if report.delivered is None:
            return None
        members = await self._solidarity.known_population(settings)
        if members is None:
            return Wait(self._clock.now() + UNKNOWN_AGAIN)
        if window is None:
            not_before = await self._not_before(settings, report, members)
            if self._clock.now() < not_before:
                return Wait(not_before)
            window = await self._solidarity.open(
                settings, STATEMENT, row.id, report.id, await self._category(settings, report)
            )
        if window is None:
            return None
        card = statement_card(settings, window, self._solidarity.about(window), members)
        return _posting(settings, window, card)

    async def _not_before(self, settings: WorkspaceSettings, report: ReportRow, members: int) -> datetime:
        """Until when a statement waits, as far as can be said now."""
        now = self._clock.now()
        if not anonymity.statements_allowed(members) or not await self._counted_by_first(settings, report):
            return now + timedelta(days=1)
        if report.opened is None and report.delivered is not None:
            return Promise.of(settings, self._settings).answer(report.delivered)
        return now

    async def _taken_back(self, settings: WorkspaceSettings, window: WindowRow | None) -> Posting | None:
        if window is None:
            return None
        said = _posting(settings, window, taken_back_card(settings))
        return replace(said, also=(CloseWindow(window.id),))

    async def _counted_by_first(self, settings: WorkspaceSettings, report: ReportRow) -> bool:
        """Whether the desk of first choice had it, and nobody who must not read it can count there."""
        first, route = await self._first(settings), self._sealing.route(report)
        if first is None or not _had(report, route, first):
            return False
        (look,) = await self._routing.look_at(settings, (first,), route.named)
        return look.unread

    async def _first(self, settings: WorkspaceSettings) -> DeskRow | None:
        known = {desk.channel: desk for desk in await self._store.read(Desks(str(settings.workspace)))}
        return next((known[each] for each in settings.desks if each in known), None)

    async def _category(self, settings: WorkspaceSettings, report: ReportRow) -> str:
        """The category where enough reports that the first desk had share it within twelve months, else none."""
        since, first = anonymity.weeks_before(report.week, 53)[0], await self._first(settings)
        alike = Counter[str]()
        for other in await self._store.read(ReportsSince(report.workspace, since)):
            with suppress(UnsealError):  # a damaged record must not keep others from being shared
                route = self._sealing.route(other)
                alike[route.category] += first is not None and _had(other, route, first)
        category = self._sealing.route(report).category
        return category if alike[category] >= anonymity.ALIKE_FOR_CATEGORY else UNSAID


def _had(report: ReportRow, route: Route, desk: DeskRow) -> bool:
    return report.desk == desk.id or desk.id.hex() in route.skip


def _posting(settings: WorkspaceSettings, window: WindowRow, card: Card) -> Posting:
    """Several outbox rows may ask for one post, so the window's id marks it, not theirs."""
    return Posting(settings.place(settings.solidarity_channel), card, nonce=window.id)


def wall_card(settings: WorkspaceSettings, window: WindowRow, members: int) -> Card:
    """The wall as everybody sees it."""
    t = translator(settings.language)
    first = Paragraph(t("Harassment at work: me too. No names or details needed."))
    return Card(t("Me too"), (first, *_tally(t, window, members)), _voices(t, window, t("Me too")))


def statement_card(settings: WorkspaceSettings, window: WindowRow, category: str, members: int) -> Card:
    """A statement as everybody sees it: that a report exists, and its kind only among enough others."""
    t = translator(settings.language)
    body: tuple[Block, ...] = (Paragraph(t("Someone here reported harassment at work. HR has the report.")),)
    if category != UNSAID:
        body += (Row(t("Kind"), t(CATEGORIES[category])),)
    return Card(
        t("Someone spoke up"), (*body, *_tally(t, window, members)), _voices(t, window, t("I stand with you"))
    )


def taken_back_card(settings: WorkspaceSettings) -> Card:
    """What is left of a statement whose writer does not want it any more."""
    t = translator(settings.language)
    return Card(
        t("Taken back"), (Paragraph(t("What stood here was taken back by the person who shared it.")),)
    )


def _tally(t: Translator, window: WindowRow, members: int) -> tuple[Block, ...]:
    until = window.closes.date().isoformat()
    band = shown(window, members)
    count: Block
    if band is None:
        count = Paragraph(t("No numbers are shown here, because this workplace is small."))
    else:
        count = Row(t("So far"), t(anonymity.BANDS[band]))
    if not window.secret:
        return (count, Paragraph(t("Closed. Nobody can tell any more who pressed.")))
    how = t(
        "Use the buttons: emoji reactions are not counted, because they show who you are."
        " Numbers move late and in steps. Open until {date}.",
        date=until,
    )
    return (count, Paragraph(how))


def _voices(t: Translator, window: WindowRow, stand: str) -> tuple[Button, ...]:
    if not window.secret:
        return ()
    ref = window.id.hex()
    return (
        Button(stand, Address("voice.stand", ref), Style.PRIMARY),
        Button(t("Take back"), Address("voice.back", ref)),
    )
