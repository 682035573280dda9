"""The menu behind a bare `/metoo`, and the page that says who can read what."""

from __future__ import annotations

from collections.abc import Callable

from bot.abroad import called
from bot.flows.step import (
    CASES,
    HELP,
    LINK,
    MENU,
    PREVIEW,
    PROMISES,
    RECEIPT,
    SAY,
    SETUP,
    SUPPORT,
    TELL,
    WALLS,
    Steps,
)
from bot.i18n import N_, Translator, translator
from bot.model import Actor, Block, Button, Card, Event, Paragraph, Reply, Row
from bot.workplaces import Workplaces

TYPED = N_(
    "Only you see this. Anything typed after /metoo is ignored, except the single words help, cases and setup."
)


class Menu:
    """Where everything begins, and what should be known before."""

    def __init__(self, settings: Workplaces, handles: Callable[[Actor], bool]) -> None:
        self._settings = settings
        self._handles = handles

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {MENU.action: self.menu, PROMISES.action: self.promises, HELP.action: self.help}

    async def menu(self, event: Event) -> Reply:
        """The private menu."""
        t = translator(event.actor.locale)
        setup: tuple[Button, ...] = (Button(t("Set up"), SETUP),) if event.actor.admin else ()
        if setup and self._settings.for_workspace(event.actor.workspace) is None:
            return _not_yet(t, setup)
        self._settings.serving(event.actor.workspace)
        cases = (Button(t("Cases"), CASES),) if self._handles(event.actor) else ()
        more = (Button(t("Open or close the wall"), WALLS), Button(t("Preview of the digest"), PREVIEW))
        admins = more if event.actor.admin else ()
        setup += (Button(t("Linked workplaces"), LINK),) if event.actor.via_admin else ()
        return Card(
            t("metoo"),
            (
                Paragraph(
                    t(
                        "In danger now? Call your local emergency number. Nobody watches this bot."
                        " Thinking of hurting yourself? Help is in Find support."
                    )
                ),
                Paragraph(t(TYPED)),
                *_elsewhere(t, event.actor),
            ),
            (
                Button(t("Say me too"), SAY),
                Button(t("Tell what happened"), TELL),
                Button(t("I have a receipt"), RECEIPT),
                Button(t("Find support"), SUPPORT),
                Button(t("Who can read what"), PROMISES),
                *cases,
                *setup,
                *admins,
            ),
        )

    async def help(self, event: Event) -> Reply:
        """What the doors of the menu are for, and the way to help outside."""
        t = translator(event.actor.locale)
        said = (
            Paragraph(t("In danger now? Call your local emergency number. Nobody watches this bot.")),
            Row(t("Say me too"), t("be counted once, without a word of detail")),
            Row(t("Tell what happened"), t("write to HR's private desk, without your name")),
            Row(t("I have a receipt"), t("read answers, add, or take it back")),
            Row(t("Find support"), t("people to talk to, outside this workplace")),
            Row(t("Who can read what"), t("what is kept and what cannot be promised")),
            Paragraph(t(TYPED)),
        )
        return Card(
            t("Help"), said, (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU))
        )

    async def promises(self, event: Event) -> Reply:
        """Everything that should be known before writing, on one page."""
        t = translator(event.actor.locale)
        return Card(
            t("Who can read what"),
            everything(t),
            (Button(t("Tell what happened"), TELL), Button(t("Back to the menu"), MENU)),
        )


def _elsewhere(t: Translator, actor: Actor) -> tuple[Block, ...]:
    """Where somebody is served who is in a linked workplace."""
    if actor.via is None:
        return ()
    said = t(
        "This is linked to your workplace on {platform}: the people who read reports are there. Your seven words work"
        " on both.",
        platform=called(actor.workspace),
    )
    return (Paragraph(said),)


def _not_yet(t: Translator, setup: tuple[Button, ...]) -> Card:
    said = t("metoo is not set up for this workplace yet. You are an admin here, so you can do that.")
    return Card(t("metoo"), (Paragraph(said),), (*setup, Button(t("Find support"), SUPPORT)))


def everything(t: Translator) -> tuple[Block, ...]:
    """What DESIGN §2 says must always be said, in full."""
    said = (
        t(
            "A report is read by the people who can read the HR desk's private channel, and by nobody picked in it."
        ),
        t(
            "We do not keep who wrote it: no name, no id, no message. Of when you wrote only the week is kept; when it"
            " arrived at the desk is kept too."
            " The text is stored encrypted. Who a report names is stored encrypted too."
        ),
        t(
            "We cannot promise that nobody can find out. The platform and the running bot see what you send as it"
            " passes. Your employer may log devices and networks. Writing style, facts and small teams identify"
            " people. A device of your own on a network of your own is safer."
        ),
        t(
            "Me too and standing with someone are counted once per person. The key to who pressed is destroyed when"
            " the 30 days end."
        ),
        t(
            "This is not a legal complaint and stops no deadline. You may still talk to colleagues, a union, a lawyer"
            " or authorities. HR may have to act on what it reads."
        ),
        t(
            "Reports arrive late on purpose, so that their time points at nobody. This is not an emergency call."
        ),
    )
    return tuple(Paragraph(each) for each in said)
