"""The wall and the statements: the public posts under which people stand, and what they say."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot import anonymity
from bot.account import CATEGORIES, UNSAID
from bot.arrivals import MOVED
from bot.case import Cases
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.delivery import Posting, Wait
from bot.errors import UnsealError
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Paragraph, Quote, Row, Style
from bot.ports import Clock, Store
from bot.records import (
    CaseOf,
    CloseWindow,
    Desks,
    OutboxRow,
    PostsAbout,
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
        self,
        *,
        store: Store,
        sealing: Sealing,
        cases: Cases,
        solidarity: Solidarity,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._cases = cases
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
        begun = window or await self._begun(settings, row, report, members)
        if not isinstance(begun, WindowRow):
            return begun
        words, window = await self._words(report), begun
        card = statement_card(settings, window, self._solidarity.about(window), members, words)
        return _posting(settings, window, card)

    async def _begun(
        self, settings: WorkspaceSettings, row: OutboxRow, report: ReportRow, members: int
    ) -> WindowRow | Wait | None:
        """A window for a report that may appear now; when to ask again; None where it never may."""
        if report.delivered is None or not await self._known_first(settings, report):
            return None  # a desk that it passed over could learn of it from this
        if not anonymity.statements_allowed(members):
            return Wait(self._clock.now() + timedelta(days=1))
        answered_by = Promise.of(settings, self._settings).answer(report.delivered)
        if report.opened is None and self._clock.now() < answered_by:
            return Wait(answered_by)
        category = await self._category(settings, report)
        return await self._solidarity.open(settings, STATEMENT, row.id, report.id, category)

    async def _taken_back(self, settings: WorkspaceSettings, window: WindowRow | None) -> Posting | None:
        if window is None:
            return None
        said = _posting(settings, window, taken_back_card(settings))
        return replace(said, also=(CloseWindow(window.id),))

    async def _words(self, report: ReportRow) -> str:
        """What its writer wants colleagues to read, where a handler approved exactly that; else nothing."""
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        now = self._sealing.route(report).words
        return case.words if now and case.approved == now else ""

    async def _known_first(self, settings: WorkspaceSettings, report: ReportRow) -> bool:
        """Whether the first desk has the report, or a card there says that another one has it now."""
        left = await self._store.read(PostsAbout(MOVED, report.id))
        gone_on = any(post.channel == settings.desks[0] for post in left)
        return gone_on or report.desk == await self._first_desk(settings)

    async def _first_desk(self, settings: WorkspaceSettings) -> bytes | None:
        desks = {desk.channel: desk.id for desk in await self._store.read(Desks(str(settings.workspace)))}
        return desks.get(settings.desks[0])

    async def _category(self, settings: WorkspaceSettings, report: ReportRow) -> str:
        """The category where enough reports of twelve months share it, else the one that says nothing.

        One that passed over the first desk is not counted: that desk could learn of it from this.
        """
        since, first = anonymity.weeks_before(report.week, 53)[0], await self._first_desk(settings)
        alike = Counter[str]()
        for other in await self._store.read(ReportsSince(report.workspace, since)):
            if other.desk == first:
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


def statement_card(
    settings: WorkspaceSettings, window: WindowRow, category: str, members: int, words: str = ""
) -> Card:
    """A statement as everybody sees it: that a report exists, its kind only among enough others, approved words."""
    t = translator(settings.language)
    body: tuple[Block, ...] = (Paragraph(t("Someone here reported harassment at work. HR has the report.")),)
    if category != UNSAID:
        body += (Row(t("Kind"), t(CATEGORIES[category])),)
    if words:
        body += (Paragraph(t("In the words of the person who shared it:")), Quote(words))
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
