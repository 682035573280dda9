"""Saying me too, standing with somebody, and taking it back: always both offered, always the same answer."""

from __future__ import annotations

from bot import anonymity
from bot.errors import Refusal
from bot.flows.step import MENU, SAY, SUPPORT, TELL, Steps, row_id
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Event, Paragraph, Reply, Standing, Style
from bot.records import WindowRow
from bot.solidarity import WALL, Solidarity
from bot.workplaces import Workplaces

_NO_WALL = N_("Me too is being prepared here. Please try again in a minute.")


class Voice:
    """The buttons of wall and statements, and the way to them from the menu."""

    def __init__(self, solidarity: Solidarity, settings: Workplaces) -> None:
        self._solidarity = solidarity
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {SAY.action: self.say, "voice.stand": self.stand, "voice.back": self.take_back}

    async def say(self, event: Event) -> Reply:
        """What saying me too means, with the button."""
        settings = self._settings.serving(event.actor.workspace)
        window = await self._solidarity.wall(event.actor.workspace)
        if window is None:
            raise Refusal(_NO_WALL)
        t = translator(event.actor.locale)
        if event.actor.standing in {Standing.GUEST, Standing.BOT, Standing.EXTERNAL}:
            return _guest_card(t)
        body = [
            t(
                "Say that it happened to you too, without a word of detail. No colleague sees that it was you."
            ),
            t(
                "You are counted once. Who pressed is kept only as a keyed mark until {date}.",
                date=_date(window),
            ),
        ]
        if not anonymity.numbers_allowed(await self._solidarity.population(settings)):
            body.append(t("This workplace is small, so no numbers are shown anywhere."))
        return Card(
            t("Say me too"), tuple(Paragraph(each) for each in body), (*_buttons(t, window), _menu(t))
        )

    async def stand(self, event: Event) -> Reply:
        """Keep that somebody stands."""
        return await self._press(event, stands=True)

    async def take_back(self, event: Event) -> Reply:
        """Keep that somebody does not."""
        return await self._press(event, stands=False)

    async def _press(self, event: Event, *, stands: bool) -> Reply:
        self._settings.serving(event.actor.workspace)
        window = await self._solidarity.press(event.actor, row_id(event.ref), stands=stands)
        return kept(translator(event.actor.locale), window.row)


def _guest_card(t: Translator) -> Card:
    said = t(
        "Guests are not counted here, so that the number says how many members it happened to. What happened to you"
        " matters as much: you can tell it, or find support."
    )
    doors = (Button(t("Tell what happened"), TELL), Button(t("Find support"), SUPPORT), _menu(t))
    return Card(t("Say me too"), (Paragraph(said),), doors)


def kept(t: Translator, window: WindowRow) -> Card:
    """The answer to every press: it must not tell what was pressed, so that nobody can be made to show it."""
    said = t(
        "Your choice is kept. Numbers appear from five, so that nobody can be picked out."
        " You can stand or take back until {date}.",
        date=_date(window),
    )
    more = (Button(t("Tell what happened"), TELL), Button(t("Find support"), SUPPORT))
    return Card(t("Kept"), (Paragraph(said),), (*_buttons(t, window), *more), aside=True)


def _buttons(t: Translator, window: WindowRow) -> tuple[Button, ...]:
    ref = window.id.hex()
    stand = t("Me too") if window.kind == WALL else t("I stand with you")
    return (
        Button(stand, Address("voice.stand", ref)),
        Button(t("Take back"), Address("voice.back", ref)),
    )


def _menu(t: Translator) -> Button:
    return Button(t("Back to the menu"), MENU, Style.PLAIN)


def _date(window: WindowRow) -> str:
    return window.closes.date().isoformat()
