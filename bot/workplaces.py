"""The workplaces that are served, as the settings file and set-up in chat say at this moment."""

from __future__ import annotations

from bot.config import Deadlines, Delays, Settings, WorkspaceSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Workspace

_NOT_SET_UP = N_("metoo is not set up for this workplace yet. An admin can do that.")


class Workplaces:
    """What is in force: asked anew each time, because set-up changes it while we serve."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.workspaces: tuple[WorkspaceSettings, ...] = settings.workspaces

    @property
    def delays(self) -> Delays:
        """How long things wait."""
        return self._settings.delays

    @property
    def deadlines(self) -> Deadlines:
        """What desks promise."""
        return self._settings.deadlines

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
        return next((each for each in self.workspaces if str(each.workspace) == workspace), None)
