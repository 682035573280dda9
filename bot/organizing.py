"""Who may open and close a wall, and that it is known who did: walls are for everybody, and opened by name."""

from __future__ import annotations

from bot.audit import Audit
from bot.config import WorkspaceSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Actor
from bot.ports import Clock, Store
from bot.records import WindowRow
from bot.routing import Routing
from bot.solidarity import Solidarity
from bot.templates import TEMPLATES
from bot.workplaces import Workplaces

_NOT_YOURS = N_(
    "Walls are opened and closed by the admins of this workplace, and by a group of employees where one is set up for"
    " it. You can ask them. You can always say me too while a wall is open, tell what happened, or find support."
)
_NO_CHANNEL = N_("There is no channel for walls here yet, so nothing was opened. An admin can set one up.")
_CHANGED = N_("This changed in the meantime, so nothing was done. Please look again.")


class Organizing:
    """Opens and closes walls for those who may."""

    def __init__(
        self,
        store: Store,
        solidarity: Solidarity,
        routing: Routing,
        audit: Audit,
        *,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._solidarity = solidarity
        self._routing = routing
        self._settings = settings
        self._audit = audit
        self._clock = clock

    async def wall(self, actor: Actor) -> WindowRow | None:
        """The open wall, for somebody who may close it. Raises Refusal."""
        await self._settings_for(actor)
        return await self._solidarity.wall(actor.workspace)

    async def open(self, actor: Actor, template: str) -> None:
        """Open a wall from a template. Raises Refusal, also where one is open."""
        settings = await self._settings_for(actor)
        if not settings.solidarity_channel:
            raise Refusal(_NO_CHANNEL)
        if template not in TEMPLATES or not await self._solidarity.open_wall(settings, template):
            raise Refusal(_CHANGED)
        await self._store.write(
            self._audit.entry(
                str(actor.workspace), actor.user, f"opened a wall: {template}", "", self._clock.now()
            )
        )

    async def close(self, actor: Actor, window: bytes) -> None:
        """Close the open wall before its time, if it is still that one. Raises Refusal."""
        await self._settings_for(actor)
        wall = await self._solidarity.wall(actor.workspace)
        entry = self._audit.entry(
            str(actor.workspace), actor.user, "closed a wall early", "", self._clock.now()
        )
        if wall is None or wall.id != window or not await self._solidarity.close(wall, entry):
            raise Refusal(_CHANGED)

    async def _settings_for(self, actor: Actor) -> WorkspaceSettings:
        settings = self._settings.serving(actor.workspace)
        if not await may_open_walls(actor, settings, self._routing):
            raise Refusal(_NOT_YOURS)
        return settings


async def may_open_walls(actor: Actor, settings: WorkspaceSettings, routing: Routing) -> bool:
    """Whether somebody is an admin, or in the private channel of the employees' group. Raises PlatformError."""
    if actor.admin:
        return True
    group = settings.wall_group
    return bool(group) and await routing.may_open(settings.place(group), actor.user)
