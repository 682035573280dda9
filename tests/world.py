"""The real core on a real store, beside a workplace in memory whose time stands still until it is moved."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.people import Person
from adapters.sandbox.workplace import WORKSPACE, Channel, Message, Workplace
from bot.config import Delays, Settings, WorkspaceSettings
from bot.key_settings import KeysSettings
from bot.means import Means, open_means
from bot.model import (
    Actor,
    Card,
    Event,
    FileField,
    Form,
    Paragraph,
    Place,
    Quote,
    Quoted,
    Reply,
    Row,
    Standing,
    Words,
)
from bot.ports import Directory, Handle, Platform, Store
from bot.service import Service
from storage.sqlite import open_sqlite
from tests.stored import voices_seen_by

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A moment of a digest in the practice workspace, and one that is far from any."""
ROOT = bytes(range(32))
PROMPT = Delays(few=timedelta(0))
SHOW = "Show the words"
LONG, STRIDE = timedelta(days=2), timedelta(hours=6)


@dataclass(frozen=True)
class Silent:
    """A connection through which nobody types: the test plays people itself."""

    workplace: Workplace

    @property
    def platform(self) -> Platform:
        return self.workplace

    @property
    def directory(self) -> Directory:
        return self.workplace

    async def serve(self, handle: Handle) -> None:
        await asyncio.Event().wait()


class World:
    """A workplace with our core in it."""

    def __init__(self, means: Means, workplace: Workplace, clock: SandboxClock, folder: Path) -> None:
        self.means = means
        self.file = folder / "store.db"
        self.workplace = workplace
        self.clock = clock
        self.service = Service(means, {"sandbox": Silent(workplace)})

    @property
    def store(self) -> Store:
        return self.means.store

    async def act(
        self,
        user: str,
        action: str,
        ref: str = "",
        values: Mapping[str, tuple[str, ...]] | None = None,
        locale: str = "en",
    ) -> Reply:
        """What this person is answered."""
        standing, admin = self.workplace.standing(user), self.workplace.manages(user)
        actor = Actor(WORKSPACE, user, locale, standing, admin=admin)
        event = Event(actor, action, ref, values or {})
        return await self.service.core.handle(event)

    async def press(self, user: str, card: Card, label: str) -> Reply:
        """Press a button by its label."""
        (button,) = (each for each in card.buttons if each.label == label)
        return await self.act(user, button.to.action, button.to.ref)

    async def read(self, user: str, post: Card) -> Card:
        """Read privately from a desk's card, and show the words; or why not."""
        front = card(await self.press(user, post, "Read privately"))
        return card(await self.press(user, front, SHOW)) if SHOW in labels(front) else front

    async def fill(self, user: str, form: Form, **values: str | tuple[str, ...]) -> Card:
        """Send a form; what is not given stays as the form offers it."""
        given = {each.name: _many(each.value) for each in form.fields if not isinstance(each, FileField)}
        given |= {name: _many(value) for name, value in values.items()}
        return card(await self.act(user, form.to.action, form.to.ref, given))

    async def write(self, user: str, **values: str | tuple[str, ...]) -> Card:
        """From the menu to the preview."""
        before = card(await self.press(user, card(await self.act(user, "menu")), "Tell what happened"))
        form = await self.press(user, before, "Start writing")
        assert isinstance(form, Form)
        return await self.fill(user, form, **values)

    async def report(self, user: str, **values: str | tuple[str, ...]) -> Card:
        """From the menu to the receipt."""
        return card(await self.press(user, await self.write(user, **values), "Send"))

    async def quote(
        self, user: str, text: str, *, author: str = "P8", channel: str = "general", link: str = ""
    ) -> Card:
        """Press *Report privately* on a message that stands in that channel."""
        actor = Actor(WORKSPACE, user, standing=self.workplace.standing(user))
        place = Place(WORKSPACE, channel) if channel else None
        event = Event(actor, "quote", place=place, quoted=Quoted(text, author, link))
        return card(await self.service.core.handle(event))

    async def stand(self, post: Card, *users: int, label: str = "") -> None:
        """Let these people press the first button of a post, or another one."""
        for user in users:
            await self.press(f"P{user}", post, label or post.buttons[0].label)

    async def settle(self) -> None:
        """Let what was just woken by a write do its work, without time passing."""
        for _ in range(30):
            await asyncio.sleep(0)
        await all_asleep(self.clock, len(self.service.jobs))

    async def jump(self, delta: timedelta) -> None:
        """Be that much later at once, as after a long sleep: each job runs once."""
        await self.clock.jump(self.clock.now() + delta)
        await self.settle()

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database file itself, or change it behind the store's back."""
        with closing(sqlite3.connect(self.file, timeout=10)) as connection, connection:
            if statement.startswith("SELECT") and "FROM voices" in statement:
                voices_seen_by(connection)
            return connection.execute(statement, values).fetchall()

    async def pass_time(self, delta: timedelta) -> None:
        """Let time pass with every job run in its order; of long times, a few times a day."""
        while delta > LONG:
            await self.clock.jump(self.clock.now() + STRIDE)
            delta -= STRIDE
        await self.clock.move(delta)

    def posts(self, channel: str) -> list[Card]:
        """Our cards in a channel."""
        return [each.card for each in self.messages(channel) if each.card]

    def messages(self, channel: str) -> list[Message]:
        """Our messages in a channel."""
        found = self.workplace.channels[channel]
        return [each for each in self.workplace.messages(found) if each.card]

    def admin(self, user: str, *, on: bool = True) -> None:
        """Let somebody be an admin, or be none any more."""
        self.workplace.people[user] = replace(self.workplace.people[user], admin=on)

    def members(self, count: int) -> None:
        """Let the workplace have so many people, numbered from 1; the first three read the desk."""
        self.workplace.people.clear()
        for n in range(1, count + 1):
            self.workplace.people[f"P{n}"] = Person(id=f"P{n}", name=f"Person {n}", job="")
        self.workplace.channels["hr-desk"].readers = frozenset({"P1", "P2", "P3"})
        self.workplace.channels["ombuds"].readers = frozenset({"P4"})


def card(reply: Reply) -> Card:
    """That a reply is a card."""
    assert isinstance(reply, Card), reply
    return reply


def words(card: Card) -> str:
    """The receipt words on a card."""
    (found,) = (block.text for block in card.body if isinstance(block, Words))
    return found


def quoted(card: Card) -> str:
    """Somebody's own words on a card."""
    (found,) = (block.text for block in card.body if isinstance(block, Quote))
    return found


def labels(card: Card) -> list[str]:
    """What the buttons of a card are called."""
    return [button.label for button in card.buttons]


def said(card: Card) -> str:
    """Everything a card says that is ours."""
    parts = [card.title]
    for block in card.body:
        if isinstance(block, Paragraph | Words):
            parts.append(block.text)
        elif isinstance(block, Row):
            parts.append(f"{block.label}: {block.value}")
    return "\n".join(parts)


def _many(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings of the practice workspace, changed where the test wants it; with `workspace` None there is none.

    Numbers move in the next batch here, however few changed, unless a test says otherwise.
    """
    workspace = {
        "platform": "sandbox",
        "id": WORKSPACE.id,
        "desks": ("hr-desk", "ombuds"),
        "solidarity_channel": "solidarity",
        "digest_channel": "general",
        "digest_at": "Mon 09:00",
        "timezone": "Europe/Berlin",
    }
    about = changes.pop("workspace", {})
    served = () if about is None else (WorkspaceSettings.model_validate(workspace | about),)
    return Settings(
        workspaces=served,
        keys=KeysSettings(perishable=(folder / "months", folder / "months-copy")),
        **{"delays": PROMPT, **changes},
    )


async def all_asleep(clock: SandboxClock, jobs: int) -> None:
    """Wait until every job has run once and sleeps, and none is about to be woken by what another wrote."""
    async with asyncio.timeout(60):
        while not await _stay_asleep(clock, jobs):
            await asyncio.sleep(0.001)
    clock._usual = jobs  # so that time also waits for a job that is just at work when it begins to pass


async def _stay_asleep(clock: SandboxClock, jobs: int) -> bool:
    for _ in range(30):
        if len(clock._sleepers) < jobs:
            return False
        await asyncio.sleep(0)
    return True


@asynccontextmanager
async def world(
    folder: Path,
    *,
    seed: int = 1,
    start: datetime = MONDAY,
    before: World | None = None,
    people: int = 60,
    **changes: Any,
) -> AsyncIterator[World]:
    """A world with its jobs running, on a store in `folder`; with `before`, that one's workplace once more."""
    clock = SandboxClock(start, flowing=False)
    workplace = before.workplace if before else Workplace(clock.now)
    workplace._now = clock.now
    store = await open_sqlite(str(folder / "store.db"))
    try:
        means = await open_means(settings(folder, **changes), store, ROOT, clock, random.Random(seed))
        built = World(means, workplace, clock, folder)
        if before is None:
            built.members(people)
        await built.service.prepare()
        await built.service.accepted.add(str(WORKSPACE), *(f"P{n}" for n in range(1, 61)))
        jobs = asyncio.create_task(built.service.serve())
        await all_asleep(clock, len(built.service.jobs))
        try:
            yield built
        finally:
            assert not jobs.done(), "the jobs ended by themselves"
            jobs.cancel()
            await asyncio.gather(jobs, return_exceptions=True)
    finally:
        await store.close()


__all__ = [
    "MONDAY",
    "ROOT",
    "TUESDAY",
    "WORKSPACE",
    "Channel",
    "Place",
    "Standing",
    "World",
    "card",
    "labels",
    "quoted",
    "said",
    "settings",
    "words",
    "world",
]
