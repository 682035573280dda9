"""The wall and the statements: the public posts under which people stand, and what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import anonymity, templates
from bot.account import CATEGORIES, UNSAID
from bot.case import NOT_A_REPORT, Cases
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.delivery import Posting, Wait
from bot.errors import UnsealError
from bot.grades import NAMES, SHOWN, STEPS, Grade
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Paragraph, Row, Style
from bot.ports import Clock, Store
from bot.records import (
    CaseOf,
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
        cases: Cases,
        solidarity: Solidarity,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._cases = cases
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
        about = templates.sentence(self._solidarity.about(window))
        return _posting(settings, window, wall_card(settings, window, about, members))

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
        return replace(said, also=(CloseWindow(window.id),), again=0, ended=())

    async def _category(self, report: ReportRow) -> str:
        """The category where enough reports of twelve months share it, else the one that says nothing.

        Nobody knows whose reports they are. So those count that a desk has opened, that nobody took back or closed as
        no report, and they must come from different weeks: else one person's five would name what one other told.
        """
        category = self._sealing.route(report).category
        since = anonymity.weeks_before(report.week, 53)[0]
        others = await self._store.read(ReportsSince(report.workspace, since))
        weeks = [each.week for each in others if await self._alike(each, category)]
        enough = len(weeks) >= anonymity.ALIKE_FOR_CATEGORY
        return category if enough and len(set(weeks)) >= anonymity.WEEKS_FOR_CATEGORY else UNSAID

    async def _alike(self, report: ReportRow, category: str) -> bool:
        """Whether a report is of this category and counts; a damaged one must not keep others from being shared."""
        if report.stage != "sent" or report.delivered is None or report.opened is None:
            return False
        try:
            case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
            return self._sealing.route(report).category == category and case.outcome != NOT_A_REPORT
        except UnsealError:
            return False


def _posting(settings: WorkspaceSettings, window: WindowRow, card: Card) -> Posting:
    """Several outbox rows may ask for one post, so the window's id marks it, not theirs.

    One that somebody removed is posted once more, because channels are also tidied by machines. Removed again, it is
    meant: the window closes, so that nobody presses on what is not there.
    """
    place = settings.place(settings.solidarity_channel)
    if not window.secret:
        return Posting(place, card, nonce=window.id)
    return Posting(place, card, nonce=window.id, again=AGAIN, ended=(CloseWindow(window.id),))


def wall_card(settings: WorkspaceSettings, window: WindowRow, about: str, members: int) -> Card:
    """The wall as everybody sees it."""
    t = translator(settings.language)
    buttons = _voices(
        t, window, (Button(t("Me too"), Address("voice.stand", window.id.hex()), Style.PRIMARY),)
    )
    return Card(t("Me too"), (Paragraph(t(about)), *_tally(t, window, members)), buttons)


def statement_card(settings: WorkspaceSettings, window: WindowRow, category: str, members: int) -> Card:
    """A statement as everybody sees it: that a report exists, and its kind only among enough others."""
    t = translator(settings.language)
    body: tuple[Block, ...] = (Paragraph(t("Someone here reported harassment at work. HR has the report.")),)
    if category != UNSAID:
        body += (Row(t("Kind"), t(CATEGORIES[category])),)
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
