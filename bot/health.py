"""Whether people are served: the store answers, every link stands and is fresh, and the outbox is worked on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.backlog import Backlog, Delivering
from bot.errors import StoreError
from bot.ports import Clock, Linked, Store
from bot.records import Keys

STALE = 120.0
"""Seconds of silence after which a link does not count, though it stands: both platforms speak every minute."""

STUCK = timedelta(minutes=15)
"""So long delivery may do nothing although it wanted to go on."""


class Health:
    """Asked by whatever watches over the process."""

    def __init__(
        self, store: Store, connections: Mapping[str, Linked], delivery: Delivering, clock: Clock
    ) -> None:
        self._store = store
        self.connections = connections
        self._delivery = delivery
        self._clock = clock

    async def wrong(self) -> tuple[str, ...]:
        """Why people are not served, in a few words each; nothing while they are."""
        found = [] if await self.answers() else ["the store does not answer"]
        for name, link in sorted(self.connections.items()):
            if not link.connected:
                found.append(f"{name} is not connected")
            elif not fresh(link):
                found.append(f"{name} is silent")
        return (*found, *(["nothing is posted"] if self.stuck() else []))

    async def answers(self) -> bool:
        """Whether the store can be read."""
        try:
            await self._store.read(Keys())
        except StoreError:
            return False
        return True

    def stuck(self) -> bool:
        """Whether delivery stands still. Posts that a platform refuses are late, and no reason to serve nobody."""
        backlog, now = self.backlog, self._clock.now()
        return now - max(backlog.alive, backlog.again) > STUCK

    @property
    def backlog(self) -> Backlog:
        """What is due and not posted."""
        return self._delivery.backlog

    def late(self) -> timedelta:
        """How long the first post that is due waits already, as of when delivery last looked."""
        since = self.backlog.since
        return self._clock.now() - since if since else timedelta(0)


def fresh(link: Linked) -> bool:
    """Whether a platform has said anything lately, or never says anything by itself."""
    heard = link.heard()
    return heard is None or heard < STALE
