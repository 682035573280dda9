"""Which ways of doing something have reached us: two words for each platform, in memory, and never when."""

from __future__ import annotations

from collections.abc import Awaitable

from bot.model import Event, Reply
from bot.ports import Handle

COMMAND, PRESS = "command", "press"


class Hearing:
    """Whether a command, and whether a press or a form, has arrived from a platform since the start."""

    def __init__(self) -> None:
        self._heard: dict[str, set[str]] = {}

    def through(self, handle: Handle) -> Handle:
        """The same handle, listened to."""

        def heard(event: Event) -> Awaitable[Reply]:
            known = self._heard.setdefault(event.actor.workspace.platform, set())
            known.add(COMMAND if event.action == "menu" and not event.ref else PRESS)
            return handle(event)

        return heard

    def of(self, platform: str) -> frozenset[str]:
        """What has arrived from there."""
        return frozenset(self._heard.get(platform, ()))
