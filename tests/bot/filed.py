"""Files and the people who send them, for the tests of attachments and one-time pages."""

from __future__ import annotations

from bot.errors import Unreachable
from bot.model import Actor, Card, Choice, Event, Reply, Upload
from tests.world import WORKSPACE, World, card


def upload(data: bytes, size: int | None = None) -> Upload:
    """A file that arrives."""

    async def read() -> bytes:
        return data

    return Upload(len(data) if size is None else size, read)


def unread(size: int) -> Upload:
    """A file that must not be read."""

    async def read() -> bytes:
        raise AssertionError("it was read")

    return Upload(size, read)


def broken_off(size: int = 1000) -> Upload:
    """A file that the platform loses half-way."""

    async def read() -> bytes:
        raise Unreachable

    return Upload(size, read)


async def act(
    w: World, user: str, action: str, ref: str, *files: Upload, platform_takes: bool = True, choice: str = ""
) -> Reply:
    """What somebody is answered on a platform that takes files, or on one that does not."""
    actor = Actor(WORKSPACE, user, standing=w.workplace.standing(user), files=platform_takes)
    values = {"choice": (choice,)} if choice else {}
    return await w.service.core.handle(
        Event(actor, action, ref, values, files={"files": files} if files else {})
    )


async def press(w: World, user: str, shown: Card, label: str, *, platform_takes: bool = True) -> Reply:
    """Press a button by its label."""
    (button,) = (each for each in shown.buttons if each.label == label)
    return await act(w, user, button.to.action, button.to.ref, platform_takes=platform_takes)


async def pick(
    w: World, user: str, shown: Card, label: str, number: int = 0, *, platform_takes: bool = True
) -> Card:
    """Pick from a list by its label."""
    found = choice(shown, label)
    value = found.options[number].value
    return card(
        await act(w, user, found.to.action, found.to.ref, platform_takes=platform_takes, choice=value)
    )


def choice(shown: Card, label: str) -> Choice:
    (found,) = (each for each in shown.choices if each.label == label)
    return found
