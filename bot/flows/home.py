"""The Home of a platform that has one: the doors for everybody, cases for handlers, set-up for admins.

A platform keeps what it last showed there, so nothing stands on it that a desk's channel would not say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.casework import Listed
from bot.errors import PlatformError
from bot.flows.cases import case_choice, case_row
from bot.flows.step import CASES, HOME, PROMISES, RECEIPT, SAY, SETUP, SUPPORT, TELL, Steps
from bot.i18n import Translator, translator
from bot.model import Actor, Block, Button, Card, Choice, Event, Paragraph, Reply
from bot.ports import Clock
from bot.workplaces import Workplaces

MOST = 10
"""Cases on a Home; the rest is behind *Cases*."""


class Home:
    """What somebody sees who opens it; a platform without one never asks."""

    def __init__(
        self,
        settings: Workplaces,
        handles: Callable[[Actor], bool],
        cases: Callable[[Actor], Awaitable[Sequence[Listed]]],
        standing: Callable[[Actor], Awaitable[tuple[Block, ...]]],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._handles = handles
        self._cases = cases
        self._standing = standing
        self._clock = clock

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {HOME.action: self.home}

    async def home(self, event: Event) -> Reply:
        """The doors, and what else concerns this person."""
        actor, t = event.actor, translator(event.actor.locale)
        state, setup = await self._state(t, actor)
        if self._settings.for_workspace(actor.workspace) is None:
            said = t("metoo is not set up for this workplace yet. An admin can do that.")
            doors = (*setup, Button(t("Find support"), SUPPORT))
            return Card(t("metoo"), (Paragraph(said), *state), doors)
        rows, choices, cases = await self._work(t, actor)
        return Card(t("metoo"), (*_said(t), *rows, *state), (*_doors(t), *cases, *setup), choices, here=HOME)

    async def _state(self, t: Translator, actor: Actor) -> tuple[tuple[Block, ...], tuple[Button, ...]]:
        if not actor.admin:
            return (), ()
        try:
            return await self._standing(actor), (Button(t("Set up"), SETUP),)
        except PlatformError:  # the doors stay open
            return (), (Button(t("Set up"), SETUP),)

    async def _work(
        self, t: Translator, actor: Actor
    ) -> tuple[tuple[Block, ...], tuple[Choice, ...], tuple[Button, ...]]:
        if not self._handles(actor):
            return (), (), ()
        button = (Button(t("Cases"), CASES),)
        try:
            listed = (await self._cases(actor))[:MOST]
        except PlatformError:
            return (), (), button
        now = self._clock.now()
        return tuple(case_row(t, each, now) for each in listed), case_choice(t, listed, now), button


def _said(t: Translator) -> tuple[Block, ...]:
    return (
        Paragraph(
            t(
                "In danger now? Call your local emergency number. Nobody watches this bot."
                " Thinking of hurting yourself? Help is in Find support."
            )
        ),
        Paragraph(
            t(
                "Only you see this page. It says nothing of what you wrote or pressed: what you do opens in a window"
                " of its own, and is gone when you close it."
            )
        ),
    )


def _doors(t: Translator) -> tuple[Button, ...]:
    return (
        Button(t("Say me too"), SAY),
        Button(t("Tell what happened"), TELL),
        Button(t("I have a receipt"), RECEIPT),
        Button(t("Find support"), SUPPORT),
        Button(t("Who can read what"), PROMISES),
    )
