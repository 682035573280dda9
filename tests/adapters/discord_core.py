"""A core for tests of the Discord adapter: it says what a test wrote for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.model import Card, Event, Reply


class Core:
    """Answers each action with its card or form, and remembers the events; `wait` holds answers back."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = dict(replies)
        self.events: list[Event] = []
        self.asked = asyncio.Event()
        self.wait = asyncio.Event()
        self.wait.set()

    async def handle(self, event: Event) -> Reply:
        self.events.append(event)
        self.asked.set()
        await self.wait.wait()
        return self.replies.get(event.action, Card("Nothing here"))
