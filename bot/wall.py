"""The wall and the statements: the public posts under which people stand, and what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from bot import anonymity, templates
from bot.account import CATEGORIES, UNSAID, Route
from bot.case import NOT_A_REPORT, Cases
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.delivery import Posting, Wait
from bot.echo import echoes
from bot.errors import UnsealError
from bot.grades import NAMES, SHOWN, STEPS, Grade
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Paragraph, Quote, Row, Style, Workspace
from bot.ports import Clock, Random, Store
from bot.records import (
    CaseOf,
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
from bot.solidarity import STATEMENT, Solidarity, end_of, shown
from bot.workplaces import Workplaces

AGAIN = 1
"""How often a post that somebody removed is posted again."""

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
        cases: Cases,
        solidarity: Solidarity,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._routing = routing
        self._cases = cases
        self._solidarity = solidarity
        self._settings = settings
        self._clock = clock
        self._random = random

    async def compose_wall(self, row: OutboxRow) -> Posting | Wait | None:
        """The post that carries the tally of "me too"."""
        settings, home = self._settings.posting(row.workspace), self._home(row)
        window = await self._store.read(WindowById(row.subject))
        if settings is None or home is None or window is None or not settings.solidarity_channel:
            return None
        members = await self._solidarity.known_population(home)
        if members is None:
            return Wait(self._clock.now() + UNKNOWN_AGAIN)
        about = templates.sentence(self._solidarity.about(window))
        return self._posted(row, settings, window, wall_card(settings, window, about, members))

    async def compose_statement(self, row: OutboxRow) -> Posting | Wait | None:
        """The post that says one report exists, where and when DESIGN §3 allows it."""
        settings, home = self._settings.posting(row.workspace), self._home(row)
        report = await self._store.read(ReportById(row.subject))
        if settings is not None and settings is not home:
            return await self._linked_statement(row, settings, home, report)
        if settings is None or not settings.solidarity_channel:
            return Wait(self._clock.now() + timedelta(days=1)) if report else None
        window = await self._store.read(WindowAbout(STATEMENT, row.subject))
        if report is None or report.stage != "sent" or not self._sealing.route(report).shared:
            return await self._taken_back(row, settings, window)
        if report.delivered is None:
            return None
        members = await self._solidarity.known_population(settings)
        if members is None:
            return Wait(self._clock.now() + UNKNOWN_AGAIN)
        # One that was taken back is not the one that its writer shares later: that begins anew, by the same rules.
        now = self._clock.now()
        standing = window is not None and (bool(window.secret) or not window.opens <= now < end_of(window))
        begun = window if standing else await self._begun(settings, row, report, members)
        if not isinstance(begun, WindowRow):
            return begun
        return await self._statement(row, settings, begun, report, members)

    async def _linked_statement(
        self,
        row: OutboxRow,
        settings: WorkspaceSettings,
        home: WorkspaceSettings | None,
        report: ReportRow | None,
    ) -> Posting | Wait | None:
        """The same post in a linked workplace, where it stands in the one that keeps everything."""
        window = await self._store.read(WindowAbout(STATEMENT, row.subject))
        if home is None or window is None or not settings.solidarity_channel:
            return None
        if report is None or report.stage != "sent" or not self._sealing.route(report).shared:
            return await self._taken_back(row, settings, window)
        members = await self._solidarity.known_population(home)
        if members is None:
            return Wait(self._clock.now() + UNKNOWN_AGAIN)
        return await self._statement(row, settings, window, report, members)

    async def _statement(
        self, row: OutboxRow, settings: WorkspaceSettings, window: WindowRow, report: ReportRow, members: int
    ) -> Posting:
        words = await self._words(report)
        card = statement_card(settings, window, self._solidarity.about(window), members, words)
        return self._posted(row, settings, window, card)

    def _home(self, row: OutboxRow) -> WorkspaceSettings | None:
        """The workplace that keeps what a post is about."""
        platform, _, known = row.workspace.partition(":")
        return self._settings.named(str(self._settings.home_of(Workspace(platform, known)) or row.workspace))

    def _posted(self, row: OutboxRow, settings: WorkspaceSettings, window: WindowRow, card: Card) -> Posting:
        """A post, and the same in every linked workplace once it stands."""
        said = _posting(settings, window, card)
        return replace(said, also=(*said.also, *echoes(self._settings, row, self._random)))

    async def _begun(
        self, settings: WorkspaceSettings, row: OutboxRow, report: ReportRow, members: int
    ) -> WindowRow | Wait | None:
        """A window for a report that may appear now, or when to ask again."""
        not_before = await self._not_before(settings, report, members)
        if self._clock.now() < not_before:
            return Wait(not_before)
        category = await self._category(settings, report)
        return await self._solidarity.open(settings, STATEMENT, row.id, report.id, category)

    async def _not_before(self, settings: WorkspaceSettings, report: ReportRow, members: int) -> datetime:
        """Until when a statement waits, as far as can be said now."""
        now = self._clock.now()
        if not anonymity.statements_allowed(members) or not await self._counted_by_first(settings, report):
            return now + timedelta(days=1)
        if report.opened is None and report.delivered is not None:
            return Promise.of(settings, self._settings).answer(report.delivered)
        return now

    async def _taken_back(
        self, row: OutboxRow, settings: WorkspaceSettings, window: WindowRow | None
    ) -> Posting | None:
        if window is None:
            return None
        said = self._posted(row, settings, window, taken_back_card(settings))
        return replace(said, also=(CloseWindow(window.id), *said.also), again=0, ended=())

    async def _words(self, report: ReportRow) -> str:
        """What its writer wants colleagues to read, where a handler approved exactly that; else nothing."""
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        now = self._sealing.route(report).words
        return case.words if now and case.approved == now else ""

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
        """The category where enough reports of twelve months share it, else the one that says nothing.

        Nobody knows whose reports they are. So those count that the first desk had, that a desk has opened, that nobody
        took back or closed as no report, and they must come from different weeks: else one person's five would name
        what one other told.
        """
        first, category = await self._first(settings), self._sealing.route(report).category
        since = anonymity.weeks_before(report.week, 53)[0]
        others = await self._store.read(ReportsSince(report.workspace, since))
        weeks = [each.week for each in others if first and await self._alike(each, category, first)]
        enough = len(weeks) >= anonymity.ALIKE_FOR_CATEGORY
        return category if enough and len(set(weeks)) >= anonymity.WEEKS_FOR_CATEGORY else UNSAID

    async def _alike(self, report: ReportRow, category: str, first: DeskRow) -> bool:
        """Whether a report is of this category and counts; a damaged one must not keep others from being shared."""
        if report.stage != "sent" or report.delivered is None or report.opened is None:
            return False
        try:
            case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
            route = self._sealing.route(report)
            return route.category == category and case.outcome != NOT_A_REPORT and _had(report, route, first)
        except UnsealError:
            return False


def _had(report: ReportRow, route: Route, desk: DeskRow) -> bool:
    return report.desk == desk.id or desk.id.hex() in route.skip


def _posting(settings: WorkspaceSettings, window: WindowRow, card: Card) -> Posting:
    """Several outbox rows may ask for one post, so the window's id marks it, not theirs.

    One that somebody removed is posted once more, because channels are also tidied by machines. Removed again, it is
    meant: the window closes, so that nobody presses on what is not there.
    """
    place, nonce = settings.place(settings.solidarity_channel), window.id
    if str(settings.workspace) != window.workspace:
        nonce = blake2b(
            window.id, key=str(settings.workspace).encode()[:64], digest_size=len(window.id)
        ).digest()
    if not window.secret:
        return Posting(place, card, nonce=nonce)
    return Posting(place, card, nonce=nonce, again=AGAIN, ended=(CloseWindow(window.id),))


def wall_card(settings: WorkspaceSettings, window: WindowRow, about: str, members: int) -> Card:
    """The wall as everybody sees it."""
    t = translator(settings.language)
    buttons = _voices(
        t, window, (Button(t("Me too"), Address("voice.stand", window.id.hex()), Style.PRIMARY),)
    )
    return Card(t("Me too"), (Paragraph(t(about)), *_tally(t, window, members)), buttons)


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
    ways = Paragraph(
        t(
            "However you stand with them, it is one voice and one number here. HR alone sees the ways apart, late and"
            " in steps, and never who."
        )
    )
    stand = tuple(Button(t(NAMES[each]), Address(STEPS[each], window.id.hex())) for each in SHOWN)
    said = (*body, *((ways,) if window.secret else ()), *_tally(t, window, members))
    return Card(t("Someone spoke up"), said, _voices(t, window, stand))


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
        "Use the buttons: emoji reactions are never read here, because the platform shows and exports who reacted."
        " Numbers move late and in steps. Open until {date}.",
        date=until,
    )
    return (count, Paragraph(how))


def _voices(t: Translator, window: WindowRow, stand: tuple[Button, ...]) -> tuple[Button, ...]:
    if not window.secret:
        return ()
    return (*stand, Button(t("Take back"), Address(STEPS[Grade.NONE], window.id.hex())))
