"""Saying me too, standing with somebody, and taking it back: always all offered, always the same answer."""

from __future__ import annotations

from functools import lru_cache

from bot import anonymity, templates
from bot.config import WorkspaceSettings
from bot.flows.step import MENU, RECORD, SAY, SUPPORT, TELL, WALLS, Step, Steps, row_id
from bot.grades import NAMES, SHOWN, STEPS, Grade
from bot.i18n import Translator, translator
from bot.model import Actor, Address, Button, Card, Event, Paragraph, Reply, Standing
from bot.records import WindowRow
from bot.solidarity import WALL, Solidarity
from bot.workplaces import Workplaces


class Voice:
    """The buttons of wall and statements, and the way to them from the menu."""

    def __init__(self, solidarity: Solidarity, settings: Workplaces) -> None:
        self._solidarity = solidarity
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {SAY.action: self.say, **{action: self._pressed(grade) for grade, action in STEPS.items()}}

    async def say(self, event: Event) -> Reply:
        """What saying me too means, with the button."""
        settings = self._settings.serving(event.actor.workspace)
        t = translator(event.actor.locale)
        if event.actor.standing in {Standing.GUEST, Standing.BOT, Standing.EXTERNAL}:
            return _guest_card(t)
        walls = _walls(t, event.actor, settings)
        window = await self._solidarity.wall(event.actor.workspace)
        if window is None:
            return _none_card(t, walls)
        body = [
            t(templates.sentence(self._solidarity.about(window))),
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
        buttons = (*_buttons(t, window.id, window.kind), _menu(t), *walls)
        return Card(t("Say me too"), tuple(Paragraph(each) for each in body), buttons)

    def _pressed(self, grade: Grade) -> Step:
        async def press(event: Event) -> Reply:
            """Keep how somebody stands, or that they do not."""
            self._settings.serving(event.actor.workspace)
            window = await self._solidarity.press(event.actor, row_id(event.ref), grade)
            return kept(event.actor.locale, window.row)

        return press


def _guest_card(t: Translator) -> Card:
    said = t(
        "Guests are not counted here, so that the number says how many members it happened to. What happened to you"
        " matters as much: you can tell it, or find support."
    )
    doors = (Button(t("Tell what happened"), TELL), Button(t("Find support"), SUPPORT), _menu(t))
    return Card(t("Say me too"), (Paragraph(said),), doors)


def _none_card(t: Translator, walls: tuple[Button, ...]) -> Card:
    said = t(
        "Nothing is being counted here at the moment. What happened to you matters as much: you can tell it, keep a"
        " record of it for yourself, or find support."
    )
    return Card(t("Say me too"), (Paragraph(said),), (*_doors(t, t("Tell what happened")), _menu(t), *walls))


def kept(locale: str, window: WindowRow) -> Card:
    """The answer to every press: it must not tell what was pressed, so that nobody can be made to show it."""
    return _kept(locale, window.id, window.kind, _date(window))


@lru_cache(maxsize=256)
def _kept(locale: str, window: bytes, kind: str, date: str) -> Card:
    """The same card for everybody, made once and not for each of ten thousand."""
    t = translator(locale)
    said = [
        t(
            "Your choice is kept. Numbers appear from five, and only where 25 or more work, so that nobody can be"
            " picked out. You can stand or take back until {date}.",
            date=date,
        )
    ]
    tell = t("Tell what happened")
    if kind != WALL:
        tell = t("Write an account of your own")
        said.append(
            t(
                "If you saw something, or it happened to you too, you can write an account of your own. You need not."
                " It is a report like any other: sealed, kept from everybody you name, and not taken to be about the"
                " same person."
            )
        )
    buttons = (*_buttons(t, window, kind), *_doors(t, tell))
    return Card(t("Kept"), tuple(map(Paragraph, said)), buttons, aside=True, alike=True)


def _buttons(t: Translator, window: bytes, kind: str) -> tuple[Button, ...]:
    ways = {Grade.STAND: t("Me too")} if kind == WALL else {each: t(NAMES[each]) for each in SHOWN}
    ways[Grade.NONE] = t("Take back")
    return tuple(Button(label, Address(STEPS[each], window.hex())) for each, label in ways.items())


def _doors(t: Translator, tell: str) -> tuple[Button, ...]:
    return (
        Button(tell, TELL),
        Button(t("Keep a record for yourself"), RECORD),
        Button(t("Find support"), SUPPORT),
    )


def _walls(t: Translator, actor: Actor, settings: WorkspaceSettings) -> tuple[Button, ...]:
    return (Button(t("Open or close the wall"), WALLS),) if actor.admin or settings.wall_group else ()


def _menu(t: Translator) -> Button:
    return Button(t("Back to the menu"), MENU)


def _date(window: WindowRow) -> str:
    return window.closes.date().isoformat()
