"""The wall and the statements: the public posts under which people stand, and what they say."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot import anonymity
from bot.account import CATEGORIES, UNSAID
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.delivery import Posting, Wait
from bot.errors import UnsealError
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Paragraph, Row, Style
from bot.ports import Clock, Store
from bot.records import (
    CloseWindow,
    OutboxRow,
    ReportById,
    ReportRow,
    ReportsSince,
    WindowAbout,
    WindowById,
    WindowRow,
)
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, Solidarity, shown
from bot.workplaces import Workplaces

UNKNOWN_AGAIN = timedelta(minutes=1)
"""How soon a post looks again while a platform does not say how many members there are."""


class Wall:
    """Composes the posts of the solidarity channel from what may be shown."""

    def __init__(
        self, *, store: Store, sealing: Sealing, solidarity: Solidarity, settings: Workplaces, clock: Clock
    ) -> None:
        self._store = store
        self._sealing = sealing
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
            answered_by = Promise.of(settings, self._settings).answer(report.delivered)
            if not anonymity.statements_allowed(members):
                return Wait(self._clock.now() + timedelta(days=1))
            if report.opened is None and self._clock.now() < answered_by:
                return Wait(answered_by)
            window = await self._solidarity.open(
                settings, STATEMENT, row.id, report.id, await self._category(report)
            )
        if window is None:
            return None
        card = statement_card(settings, window, self._solidarity.about(window), members)
        return _posting(settings, window, card)

    async def _taken_back(self, settings: WorkspaceSettings, window: WindowRow | None) -> Posting | None:
        if window is None:
            return None
        said = _posting(settings, window, taken_back_card(settings))
        return replace(said, also=(CloseWindow(window.id),))

    async def _category(self, report: ReportRow) -> str:
        """The category where enough reports of twelve months share it, else the one that says nothing."""
        since = anonymity.weeks_before(report.week, 53)[0]
        alike = Counter[str]()
        for other in await self._store.read(ReportsSince(report.workspace, since)):
            with suppress(UnsealError):  # a damaged record must not keep others from being shared
                alike[self._sealing.route(other).category] += 1
        category = self._sealing.route(report).category
        return category if alike[category] >= anonymity.ALIKE_FOR_CATEGORY else UNSAID


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
