"""The workplaces that are served, as the settings file and set-up in chat say at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.config import Deadlines, Delays, Settings, WorkspaceSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Workspace

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
