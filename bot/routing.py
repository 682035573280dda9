"""Which desk may get a report: safe at this moment, and not readable by anyone the report names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.abroad import comes_from
from bot.config import WorkspaceSettings
from bot.errors import PlatformError, Unreachable
from bot.model import Facts, Place, Workspace
from bot.ports import Connection, Directory
from bot.records import DeskRow
from bot.workplaces import Workplaces


@dataclass(frozen=True, slots=True)
class Look:
    """A desk as it is right now; None means that the platform could not say."""

    desk: DeskRow
    facts: Facts | None
    read_by_named: bool | None

    @property
    def name(self) -> str:
        """What people there call it, where the platform says so."""
        return self.facts.name if self.facts and self.facts.name else self.desk.channel

    @property
    def permitted(self) -> bool:
        """Whether a report may be posted there now: a safe place with readers, and nobody named among them."""
        return self.facts is not None and self.facts.safe and self.facts.readers != 0 and self.unread

    @property
    def unread(self) -> bool:
        """Whether nobody the report names can read it, for sure."""
        return self.read_by_named is False

    @property
    def barred(self) -> bool:
        """Whether somebody the report names can read it."""
        return self.read_by_named is True


class Routing:
    """Asks the platforms, in the workspace's order of desks."""

    def __init__(self, connections: Mapping[str, Connection], settings: Workplaces | None = None) -> None:
        self._connections = connections
        self._settings = settings

    async def look(
        self, settings: WorkspaceSettings, desks: Sequence[DeskRow], named: Sequence[str]
    ) -> tuple[Look, ...]:
        """Every configured desk, first choice first, as it is right now."""
        rows = {desk.channel: desk for desk in desks}
        return await self.look_at(settings, [rows[each] for each in settings.desks if each in rows], named)

    async def look_at(
        self, settings: WorkspaceSettings, ordered: Sequence[DeskRow], named: Sequence[str]
    ) -> tuple[Look, ...]:
        """These desks as they are right now, configured or not."""
        return tuple(
            await asyncio.gather(*(self._look(settings.place(desk.channel), desk, named) for desk in ordered))
        )

    async def can_read(self, place: Place, user: str) -> bool:
        """Whether this person can read that channel right now. Raises PlatformError.

        Nobody of a linked workplace can, for all that is known: they are somebody else on that platform.
        """
        return comes_from(user) is None and await self._directory(place.workspace).can_read(place, user)

    async def any_can_read(self, place: Place, people: Sequence[str]) -> bool:
        """Whether any of these people can read that channel right now. Raises PlatformError.

        Somebody of a linked workplace may be anybody on that platform, so they count as if they could.
        """
        if any(map(comes_from, people)):
            return True
        return await self._directory(place.workspace).can_read(place, *people)

    async def may_open(self, place: Place, user: str) -> bool:
        """Whether this person may open a report there: they can read that channel, and not everybody can.

        A desk that was made public or shared after a report came would open it to everyone there.
        """
        facts = await self.facts(place)
        return facts.private and not facts.external and await self.can_read(place, user)

    async def facts(self, place: Place) -> Facts:
        """What that channel is right now. Raises PlatformError."""
        return await self._directory(place.workspace).facts(place)

    async def population(self, workspace: Workspace) -> int | None:
        """What the platforms say about the number of eligible members. Raises PlatformError.

        The same people may be in linked workplaces, so it is that of the largest: so many people there are for sure.
        """
        own = await self._directory(workspace).population(workspace)
        beside = self._settings.beside(workspace) if self._settings else ()
        linked = [await self._linked_population(each.workspace) for each in beside]
        return None if own is None else max(own, *linked, 0)

    async def _linked_population(self, workspace: Workspace) -> int:
        try:
            return await self._directory(workspace).population(workspace) or 0
        except PlatformError:
            return 0

    async def _look(self, place: Place, desk: DeskRow, named: Sequence[str]) -> Look:
        try:
            facts = await self.facts(place)
        except PlatformError:
            facts = None
        return Look(desk, facts, await self._any_reads(place, named))

    async def _any_reads(self, place: Place, named: Sequence[str]) -> bool | None:
        if not named:
            return False
        try:
            return await self.any_can_read(place, named)
        except PlatformError:
            return None

    def _directory(self, workspace: Workspace) -> Directory:
        connection = self._connections.get(workspace.platform)
        if connection is None:
            raise Unreachable("this platform is not connected")
        return connection.directory
