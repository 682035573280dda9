"""Matches whose desk somebody named can read now: the card goes, to the next desk if nobody opened it. Their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.config import WorkspaceSettings
from bot.delivery import Removal
from bot.errors import Gone, MetooError, PlatformError
from bot.holding import MATCH
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    DropOutboxAbout,
    EndMatch,
    HeldAlike,
    MatchById,
    MatchesAtDesks,
    MatchRow,
    OutboxRow,
    PostsAbout,
    ReportById,
    UnmarkMatched,
)
from bot.routing import Routing
from bot.shares import Shares
from bot.workplaces import Workplaces

EVERY = timedelta(hours=1)
APART = "apart"
"""The kind of outbox row that takes a match's cards away from where somebody named can see them."""


class Apart:
    """Looks every hour whether a match's cards can be seen by somebody whom it must not reach.

    What came of an opened one are reports, which `bot.conflicts` moves. It ends with the last of them.
    """

    def __init__(
        self,
        *,
        store: Store,
        shares: Shares,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._shares = shares
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def run(self) -> datetime:
        """A job: look at every match that a desk has, and say when to look next."""
        for settings in self._settings.workspaces:
            for match in await self._store.read(MatchesAtDesks(str(settings.workspace))):
                await self._look(settings, match)
        return self._clock.now() + EVERY

    async def _look(self, settings: WorkspaceSettings, match: MatchRow) -> None:
        if await self._is_over(match):
            await self._store.write(EndMatch(match.id, self._row(APART, match)))
            return
        channels = {each.channel for each in await self._store.read(PostsAbout(MATCH, match.id))}
        try:
            named = await self._named(match)
            barred = [each for each in channels if await self._read(settings, each, named)]
        except MetooError:
            return  # looked at again in an hour; until then each of them is refused by themselves
        if barred and match.desk is not None:
            changes = UnmarkMatched(match.id, match.desk, self._row(MATCH, match))
            await self._store.write(
                changes, DropOutboxAbout(APART, match.id), AddOutbox(self._row(APART, match))
            )

    async def _is_over(self, match: MatchRow) -> bool:
        """Whether nothing is left of what came of it, and nothing waits for its desk."""
        try:
            came = self._shares.came(match).reports
        except MetooError:
            return False
        held = await self._store.read(HeldAlike(match.tag))
        if not came or held:
            return False
        return not any([await self._store.read(ReportById(each)) for each in came])

    async def remove(self, row: OutboxRow) -> Removal | None:
        """The cards of a match in all channels that somebody named can read, and of one that has ended in all.

        Where it is not known who reads a channel, it is asked again.
        """
        settings, match = self._settings.named(row.workspace), await self._store.read(MatchById(row.subject))
        posts = await self._store.read(PostsAbout(MATCH, row.subject))
        if match is None:
            return Removal(posts)
        if settings is None or not posts:
            return None
        named = await self._named(match)
        barred = {each: await self._known(settings, each, named) for each in {post.channel for post in posts}}
        again = replace(self._row(APART, match), due=self._clock.now() + EVERY)
        also = (AddOutbox(again),) if None in barred.values() else ()
        return Removal(tuple(each for each in posts if barred[each.channel]), also)

    async def _named(self, match: MatchRow) -> tuple[str, ...]:
        routes = self._shares.routes(match, await self._store.read(HeldAlike(match.tag)))
        found: Iterable[str] = (who for each in routes.values() for who in each.named)
        return tuple(dict.fromkeys((*self._shares.came(match).named, *found)))

    async def _read(self, settings: WorkspaceSettings, channel: str, named: tuple[str, ...]) -> bool:
        return bool(named) and await self._routing.any_can_read(settings.place(channel), named)

    async def _known(self, settings: WorkspaceSettings, channel: str, named: tuple[str, ...]) -> bool | None:
        try:
            return await self._read(settings, channel, named)
        except Gone:
            return False  # nobody reads a channel that is not there
        except PlatformError:
            return None

    def _row(self, kind: str, match: MatchRow) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, match.id, match.workspace, self._clock.now())
