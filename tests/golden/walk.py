"""Everything that people and channels are shown, collected by walking every flow in a workplace in memory."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.delivery import Composer, Posting
from bot.i18n import translator
from bot.model import (
    Actor,
    Card,
    Event,
    FileField,
    Form,
    Place,
    Quoted,
    Reply,
    Standing,
    Upload,
    Words,
    Workspace,
)
from bot.records import OutboxRow
from tests.world import WORKSPACE, World, labels

HOURS, DAY = timedelta(hours=5), timedelta(days=1)
KEPT_WORDS = "abacus bonfire candle drizzle ember falcon glacier"
"""What golden files show for the words of any receipt."""

_WORDS = re.compile(r"^[a-z]+( [a-z]+){6}$")


class Calm(random.Random):
    """Seeded, and every wait is as long as its middle: so no date depends on who asked first."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


@dataclass(frozen=True)
class Seen:
    """One thing that was shown: the action that it answers, or the kind of a post."""

    step: str
    shown: Reply
    post: bool = False


class Walk:
    """People in a world, and all that they are shown; `files` says whether their platform takes files.

    Labels and titles are given in English, whatever the language of the people.
    """

    def __init__(self, w: World, seen: list[Seen], *, files: bool, language: str = "en") -> None:
        self.w = w
        self.language = language
        self._t = translator(language)
        self.seen = seen
        self.files = files
        self.away: Workspace | None = None
        """The linked workplace in which people act from now on, all of them its admins."""

    async def act(
        self,
        user: str,
        action: str,
        ref: str = "",
        files: tuple[Upload, ...] = (),
        **values: str | tuple[str, ...],
    ) -> Reply:
        """What somebody is answered, noted."""
        actor = self._actor(user)
        given = {name: (each,) if isinstance(each, str) else each for name, each in values.items()}
        event = Event(actor, action, ref, given, files={"files": files} if files else {})
        return await self._noted(event)

    async def quote(self, user: str, channel: str = "general", author: str = "P8") -> Card:
        """*Report privately* on a message."""
        standing = self.w.workplace.standing(user)
        actor = Actor(WORKSPACE, user, self.language, standing, files=self.files)
        event = Event(actor, "quote", place=Place(WORKSPACE, channel), quoted=Quoted("Smile more.", author))
        return self.card(await self._noted(event))

    async def go(self, user: str, shown: Reply, *ways: str | dict[str, Any]) -> Card:
        """One press after another by label; a dictionary is what a form is filled in with."""
        for way in ways:
            shown = await (
                self._press(user, shown, way) if isinstance(way, str) else self._fill(user, shown, way)
            )
        return self.card(shown)

    async def menu(self, user: str, *ways: str | dict[str, Any]) -> Card:
        """The same from the menu on."""
        return await self.go(user, await self.act(user, "menu"), *ways)

    async def ask(self, user: str, shown: Reply, label: str) -> Form:
        """The form behind a button."""
        form = await self._press(user, shown, label)
        assert isinstance(form, Form), form
        return form

    async def each(self, user: str, actions: Iterable[str], ref: str) -> None:
        """Steps that only show something."""
        for action in actions:
            await self.act(user, action, ref)

    async def pick(self, user: str, shown: Card, label: str, number: int = 0) -> Card:
        """Pick from a list by its label."""
        (choice,) = (each for each in shown.choices if each.label in (label, self._t(label)))
        value = choice.options[number].value
        return self.card(await self.act(user, choice.to.action, choice.to.ref, choice=value))

    def post(self, title: str, channel: str = "hr-desk") -> Card:
        """The last post of that title."""
        return self.posts(title, channel)[-1]

    def posts(self, title: str, *channels: str) -> list[Card]:
        """All posts of that title, in whichever week, in the people's language or, before set-up, in English."""
        titles = (self._t(title, week=""), title.format(week=""))
        there = [each for channel in channels for each in self.w.posts(channel)]
        return [each for each in there if each.title.startswith(titles)]

    def flows(self) -> dict[str, str]:
        """By step the flow that answers it."""
        steps = self.w.service.core._steps
        return {name: _flow(name, step) for name, step in steps.items()}

    async def later(self, days: int, stride: int = 3) -> None:
        """Be so many days later, with every job run after each stride."""
        for first in range(0, days, stride):
            await self.w.jump(min(stride, days - first) * DAY)

    @staticmethod
    def card(reply: Reply) -> Card:
        """That a reply is a card."""
        assert isinstance(reply, Card), reply
        return reply

    def _actor(self, user: str) -> Actor:
        if self.away is not None:
            return Actor(self.away, user, self.language, Standing.MEMBER, files=self.files, admin=True)
        standing, admin = self.w.workplace.standing(user), self.w.workplace.manages(user)
        return Actor(WORKSPACE, user, self.language, standing, files=self.files, admin=admin)

    async def _press(self, user: str, shown: Reply, label: str) -> Reply:
        there = labels(self.card(shown))
        label = label if label in there else self._t(label)
        (button,) = (
            (each for each in self.card(shown).buttons if each.label == label)
            if label in there
            else _missing(self.card(shown), label)
        )
        return await self.act(user, button.to.action, button.to.ref)

    async def _fill(self, user: str, form: Reply, given: dict[str, Any]) -> Reply:
        assert isinstance(form, Form), form
        usual = {each.name: each.value for each in form.fields if not isinstance(each, FileField)}
        return await self.act(user, form.to.action, form.to.ref, given.pop("files", ()), **{**usual, **given})

    async def _noted(self, event: Event) -> Reply:
        reply = await self.w.service.core.handle(event)
        self.seen.append(Seen(event.action, reply))
        return reply


def _missing(shown: Card, label: str) -> Any:
    raise AssertionError(f"no button {label!r} among {labels(shown)}")


def steady(shown: Reply) -> Reply:
    """The same with fixed words in place of a receipt's, and no letter of a key or a code."""
    if isinstance(shown, Form):
        return shown
    body = tuple(Words(_fixed(each.text)) if isinstance(each, Words) else each for each in shown.body)
    return replace(shown, body=body)


def _fixed(words: str) -> str:
    return KEPT_WORDS if _WORDS.match(words) else re.sub(r"[A-Za-z0-9]", "X", words)


def listen(walk: Walk) -> set[str]:
    """Note every post by the kind of its outbox row; the kinds there are."""
    job = next(each for each in walk.w.service.jobs if each.name == "delivery")
    composers: dict[str, Composer] = job._run.__self__._composers  # type: ignore[attr-defined] # a bound method
    for kind, compose in list(composers.items()):
        composers[kind] = _noting(walk, kind, compose)
    return set(composers)


def _noting(walk: Walk, kind: str, compose: Composer) -> Composer:
    async def composed(row: OutboxRow) -> Any:
        said = await compose(row)
        if isinstance(said, Posting):
            walk.seen.append(Seen(kind, said.card, post=True))
        return said

    return composed


def _flow(name: str, step: Any) -> str:
    """The module of a step; of a guarded one the step that it guards."""
    cells = [each.cell_contents for each in step.__closure__ or ()] if hasattr(step, "__closure__") else []
    inner = next((each for each in cells if callable(each) and hasattr(each, "__self__")), step)
    found = step if name.startswith("inbox") else inner
    return str(found.__module__).rpartition(".")[2]
