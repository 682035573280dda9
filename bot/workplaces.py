"""The workplaces that are served, as the settings file and set-up in chat say at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.config import Deadlines, Delays, Settings, WorkspaceSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.linked_settings import LinkedSettings
from bot.model import Place, Workspace

_NOT_SET_UP = N_("metoo is not set up for this workplace yet. An admin can do that.")


class Workplaces:
    """What is in force: asked anew each time, because set-up changes it while we serve.

    What the file says of a workplace wins over what was chosen for it in chat.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = {str(each.workspace): each for each in settings.workspaces}
        self._chosen: dict[str, WorkspaceSettings] = {}
        self.desk_roles: Mapping[str, tuple[str, ...]] = DeskRoles(self)

    @property
    def workspaces(self) -> tuple[WorkspaceSettings, ...]:
        """Every workplace that is served, those of the file first."""
        served = {**self._file, **self._chosen}
        return tuple(served.values())

    @property
    def delays(self) -> Delays:
        """How long things wait."""
        return self._settings.delays

    @property
    def deadlines(self) -> Deadlines:
        """What desks promise."""
        return self._settings.deadlines

    @property
    def keeper_apart(self) -> bool:
        """Whether a keeper of its own holds half of the matching key."""
        return self._settings.keeper.separate

    def fixed(self, workspace: Workspace) -> frozenset[str]:
        """What the file says of a workplace, by the names of `WorkspaceSettings`: chat cannot change it."""
        told = self._file.get(str(workspace))
        return frozenset(told.model_fields_set) - {"platform", "id"} if told else frozenset()

    def merged(self, workspace: Workspace, chosen: Mapping[str, Any]) -> WorkspaceSettings | None:
        """What would be in force with this; None where it could not be. Raises nothing."""
        told = self._file.get(str(workspace))
        file = told.model_dump(exclude_unset=True) if told else {}
        about = {"platform": workspace.platform, "id": workspace.id}
        try:
            return WorkspaceSettings.model_validate({**chosen, **file, **about})
        except ValidationError:
            return None

    def choose(self, workspace: Workspace, chosen: Mapping[str, Any]) -> None:
        """From now on this was chosen for a workplace in chat; no effect where it could not be in force."""
        merged = self.merged(workspace, chosen)
        if merged is not None:
            self._chosen[str(workspace)] = merged

    def home_of(self, workspace: Workspace) -> Workspace | None:
        """The workplace that keeps everything of a linked one; None for one that is served on its own."""
        if self.named(str(workspace)) is not None:
            return None
        links = ((each.workspace, place) for each in self.workspaces for place in each.linked)
        return next((home for home, place in links if place.workspace == workspace), None)

    def beside(self, workspace: Workspace) -> tuple[WorkspaceSettings, ...]:
        """The workplaces that are linked to one, as it is set up but with channels and language of their own."""
        settings = self.for_workspace(workspace)
        links = settings.linked if settings else ()
        return tuple(_as_linked(settings, each) for each in links if settings and self._only(workspace, each))

    def posting(self, workspace: str) -> WorkspaceSettings | None:
        """How posts for everybody are made in a workplace, linked or not; None where it is not served."""
        platform, _, known = workspace.partition(":")
        home = self.home_of(Workspace(platform, known))
        if home is None:
            return self.named(workspace)
        return next(each for each in self.beside(home) if str(each.workspace) == workspace)

    def told(self, platform: str) -> list[str]:
        """The ids on a platform of which the file speaks, linked or not."""
        every = [place for each in self._file.values() for place in (each.workspace, *_linked(each))]
        return [each.id for each in every if each.platform == platform]

    def channels(self, platform: str) -> list[Place]:
        """The channels for everybody on a platform, those of linked workplaces too."""
        every = [place for each in self.workspaces for place in (each, *self.beside(each.workspace))]
        found = [
            (each, (each.solidarity_channel, each.digest_channel))
            for each in every
            if each.platform == platform
        ]
        return [each.place(channel) for each, channels in found for channel in channels if channel]

    def idle(self) -> list[tuple[Workspace, Workspace]]:
        """Links that are set and not in force: the workplace that keeps everything, and the other one."""
        every = ((each.workspace, place) for each in self.workspaces for place in each.linked)
        return [(home, place.workspace) for home, place in every if not self._only(home, place)]

    def _only(self, home: Workspace, link: LinkedSettings) -> bool:
        return self.home_of(link.workspace) == home

    def for_workspace(self, workspace: Workspace) -> WorkspaceSettings | None:
        """The settings of one workspace, or None where it is not ours."""
        return self.named(str(workspace))

    def serving(self, workspace: Workspace) -> WorkspaceSettings:
        """The settings of one workspace. Raises Refusal where it is not ours."""
        settings = self.for_workspace(workspace)
        if settings is None:
            raise Refusal(_NOT_SET_UP)
        return settings

    def named(self, workspace: str) -> WorkspaceSettings | None:
        """The same, by the name under which the store knows a workspace."""
        return self._chosen.get(workspace) or self._file.get(workspace)


def _linked(settings: WorkspaceSettings) -> list[Workspace]:
    return [each.workspace for each in settings.linked]


def _as_linked(settings: WorkspaceSettings, link: LinkedSettings) -> WorkspaceSettings:
    own = {
        "platform": link.platform,
        "id": link.id,
        "solidarity_channel": link.solidarity_channel,
        "digest_channel": link.digest_channel,
        "language": link.language or settings.language,
    }
    return settings.model_copy(update=own)


class DeskRoles(Mapping[str, tuple[str, ...]]):
    """By Discord server the roles that an admin vouches for, as they are in force at each look."""

    def __init__(self, workplaces: Workplaces) -> None:
        self._workplaces = workplaces

    def __getitem__(self, server: str) -> tuple[str, ...]:
        found = self._workplaces.for_workspace(Workspace("discord", server))
        if found is None:
            raise KeyError(server)
        return found.desk_roles

    def __iter__(self) -> Iterator[str]:
        return (each.id for each in self._workplaces.workspaces if each.platform == "discord")

    def __len__(self) -> int:
        return sum(1 for _ in self)
