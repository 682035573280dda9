"""Opening a wall from a template, and closing it early; no sentence of it can be typed."""

from __future__ import annotations

from bot import anonymity
from bot.flows.step import MENU, WALLS, Steps, row_id
from bot.i18n import Translator, options, translator
from bot.model import Address, Button, Card, Choice, Event, Paragraph, Quote, Reply, Style
from bot.organizing import Organizing
from bot.records import WindowRow
from bot.solidarity import Solidarity
from bot.templates import TEMPLATES, TITLES, sentence


class OrganizingFlow:
    """The screens of those who may open and close walls."""

    def __init__(self, organizing: Organizing, solidarity: Solidarity) -> None:
        self._organizing = organizing
        self._solidarity = solidarity

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            WALLS.action: self.walls,
            "walls.about": self.about,
            "walls.open": self.open,
            "walls.end": self.end,
            "walls.close": self.close,
        }

    async def walls(self, event: Event) -> Reply:
        """The open wall, or the templates for one."""
        return await self._screen(event)

    async def about(self, event: Event) -> Reply:
        """What a wall from this template would say, before it is opened."""
        wall, template = await self._organizing.wall(event.actor), event.text("choice")
        if wall is not None or template not in TEMPLATES:
            return await self._screen(event)
        return open_card(translator(event.actor.locale), template)

    async def open(self, event: Event) -> Reply:
        """Open it."""
        await self._organizing.open(event.actor, event.ref)
        return await self._screen(event)

    async def end(self, event: Event) -> Reply:
        """What closing early means."""
        wall = await self._organizing.wall(event.actor)
        if wall is None:
            return await self._screen(event)
        return end_card(translator(event.actor.locale), wall)

    async def close(self, event: Event) -> Reply:
        """Close it."""
        await self._organizing.close(event.actor, row_id(event.ref))
        return await self._screen(event)

    async def _screen(self, event: Event) -> Card:
        wall = await self._organizing.wall(event.actor)
        t = translator(event.actor.locale)
        return choose_card(t) if wall is None else wall_card(t, wall, sentence(self._solidarity.about(wall)))


def choose_card(t: Translator) -> Card:
    """The templates."""
    said = (
        t("No wall is open. A wall is a public post on which members say me too without a word of detail."),
        t("Choose what it is about. The sentences are fixed, because free text would invite names."),
    )
    choice = Choice(t("What the wall is about"), Address("walls.about"), options(t, TITLES))
    back = Button(t("Back to the menu"), MENU)
    return Card(t("Walls"), tuple(map(Paragraph, said)), (back,), (choice,), here=WALLS)


def open_card(t: Translator, template: str) -> Card:
    """A template as it will stand there."""
    said = t(
        "It is posted for everybody and stays open for {days} days. That you opened it is in the log of what is done by"
        " name; nothing on the wall says so.",
        days=anonymity.WINDOW.days,
    )
    return Card(
        t("Open this wall?"),
        (Quote(t(TEMPLATES[template])), Paragraph(said)),
        (
            Button(t("Open the wall"), Address("walls.open", template), Style.PRIMARY),
            Button(t("Choose another"), WALLS),
            Button(t("Back to the menu"), MENU),
        ),
    )


def wall_card(t: Translator, wall: WindowRow, about: str) -> Card:
    """The wall that is open."""
    until = t("It is open until {date}. There is one wall at a time.", date=wall.closes.date().isoformat())
    return Card(
        t("Walls"),
        (Paragraph(t("A wall is open:")), Quote(t(about)), Paragraph(until)),
        (Button(t("Close it early"), Address("walls.end")), Button(t("Back to the menu"), MENU)),
        here=WALLS,
    )


def end_card(t: Translator, wall: WindowRow) -> Card:
    """The question before a wall is closed."""
    said = t(
        "The number that is shown now stays, and voices that it does not show yet are not counted any more. The key to"
        " who pressed is destroyed. This cannot be undone, and it is kept in the log that you did it."
    )
    return Card(
        t("Close the wall early?"),
        (Paragraph(said),),
        (
            Button(t("Close the wall"), Address("walls.close", wall.id.hex()), Style.FINAL),
            Button(t("Leave it open"), WALLS),
        ),
    )
