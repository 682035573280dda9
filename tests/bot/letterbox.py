"""What both sides of a conversation do, in as few words as a test wants to say it."""

from __future__ import annotations

import random
from datetime import timedelta

from bot.config import WorkspaceSettings
from bot.means import Means
from bot.model import Actor, Card, Event, Form, Quote, Reply, Standing, Workspace
from bot.service import Service
from storage.sqlite import SqliteStore
from tests.world import Silent, World, card, labels, words

WRITER, HANDLER, COLLEAGUE, OTHER_HANDLER = "P20", "P1", "P2", "P4"
"""Persons 1 to 3 read the first desk, 4 the second."""

HOURS = timedelta(hours=5)
DAY = timedelta(days=1)


async def send(w: World, text: str = "It happened.", **values: str | tuple[str, ...]) -> str:
    """A report on its way; its words."""
    return words(await w.report(WRITER, text=text, **values))


async def deliver(w: World, text: str = "It happened.", **values: str | tuple[str, ...]) -> str:
    """A report that has arrived; its words."""
    receipt = await send(w, text, **values)
    await w.pass_time(HOURS)
    return receipt


async def keep(w: World, text: str = "Only for me.", **values: str | tuple[str, ...]) -> str:
    """A private record; its words."""
    return words(card(await w.press(WRITER, await w.write(WRITER, text=text, **values), "Keep it for now")))


async def come_back(w: World, receipt: str, user: str = WRITER) -> Card:
    """From the menu to what the words open."""
    form = await w.press(user, card(await w.act(user, "menu")), "I have a receipt")
    assert isinstance(form, Form)
    return await w.fill(user, form, words=receipt)


async def fill_in(w: World, box: Card, label: str, text: str, user: str = WRITER, **more: str) -> Card:
    """Press a button of a card, and send the form behind it."""
    form = await w.press(user, box, label)
    assert isinstance(form, Form), form
    return await w.fill(user, form, text=text, **more)


async def everything(w: World, box: Card) -> Card:
    """All that the mailbox holds."""
    return card(await w.press(WRITER, box, "Everything in it"))


async def withdraw(w: World, box: Card) -> Card:
    """Take it back, after being asked."""
    button = next(each for each in labels(box) if each in {"Take it back", "Delete it"})
    return card(await w.press(WRITER, card(await w.press(WRITER, box, button)), button))


async def to_another_desk(w: World, box: Card) -> Card:
    """Send it to the next desk, after being asked."""
    return card(await w.press(WRITER, card(await w.press(WRITER, box, "Send to another desk")), "Send"))


def desk_card(w: World, channel: str = "hr-desk") -> Card:
    """The first card of ours in a desk."""
    return w.posts(channel)[0]


async def read(w: World, user: str = HANDLER, channel: str = "hr-desk") -> Card:
    """A handler's private view of the first card in a desk, which may have been changed since it was there."""
    (report,) = (row[0] for row in w.sql("SELECT hex(id) FROM reports"))
    return card(await w.act(user, "desk.words", report.lower()))


async def answer(w: World, text: str, *, signed: str = "desk", user: str = HANDLER) -> Card:
    """A handler answers."""
    form = await w.press(user, await read(w, user), "Answer")
    assert isinstance(form, Form)
    return await w.fill(user, form, text=text, signed=signed)


async def close(w: World, reason: str, user: str = HANDLER) -> Card:
    """A handler closes with a reason."""
    return await fill_in(w, await read(w, user), "Close the report", reason, user)


def quotes(shown: Card) -> list[str]:
    """People's own words on a card, in order."""
    return [block.text for block in shown.body if isinstance(block, Quote)]


def rows(w: World, *tables: str) -> dict[str, int]:
    """How many rows there are."""
    return {table: w.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608 - fixed names


async def left(w: World) -> bytes:
    """Every byte of the store's files once erasing is done."""
    assert isinstance(w.store, SqliteStore)
    await w.store.settled()
    return b"".join(path.read_bytes() for path in sorted(w.file.parent.glob("store.db*")))


class Elsewhere:
    """The same bot in a second workspace, on another platform."""

    def __init__(self, w: World) -> None:
        second = WorkspaceSettings(platform="discord", id="77", desks=("hr-desk",))
        settings = w.means.settings.model_copy(update={"workspaces": (*w.means.settings.workspaces, second)})
        old = w.means
        means = Means(settings, old.store, old.keyring, old.months, old.clock, random.Random(7))
        self.service = Service(means, {"sandbox": Silent(w.workplace)})

    async def act(self, action: str, ref: str = "", **values: str) -> Reply:
        """What somebody there is answered."""
        actor = Actor(Workspace("discord", "77"), "424242", "en", Standing.MEMBER)
        given = {name: (value,) for name, value in values.items()}
        return await self.service.core.handle(Event(actor, action, ref, given))

    async def press(self, shown: Card, label: str) -> Reply:
        """Press a button there."""
        (button,) = (each for each in shown.buttons if each.label == label)
        return await self.act(button.to.action, button.to.ref)
