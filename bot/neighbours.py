"""What other processes on the same store have to hear of, and a store that no other process serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.records import Change, CloseWindow, PutChosen, PutSetup
from bot.waking import WAKING

POSTS = "posts"
"""Something may wait to be posted."""

SETUP = "setup"
"""Somebody chose something, or accepted something."""

WINDOWS = "windows"
"""A window closed, so that its secret has to go from memory."""

WORD = "word "
"""How a sealed word of another process begins (see `bot.sharing`)."""

EVERYTHING = frozenset({POSTS, SETUP, WINDOWS})


def news(changes: Iterable[Change]) -> set[str]:
    """What others have to look at again after these changes."""
    found = set()
    for each in changes:
        if isinstance(each, WAKING):
            found.add(POSTS)
        if isinstance(each, PutChosen | PutSetup):
            found.add(SETUP)
        if isinstance(each, CloseWindow):
            found.add(WINDOWS)
    return found


class Nobody:
    """Implements `bot.ports.Neighbours` where one process has the store for itself."""

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:  # noqa: ARG002 - it is always ours
        """Work."""
        await work()

    async def news(self) -> frozenset[str]:
        """There are none."""
        await asyncio.Event().wait()
        return frozenset()

    async def say(self, word: str) -> None:
        """Nobody hears it."""

    async def others(self) -> int:
        """There are none."""
        return 0


NOBODY = Nobody()
