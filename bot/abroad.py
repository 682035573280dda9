"""People of a linked workplace, as the workplace that keeps everything knows them: by platform, place and id."""

from __future__ import annotations

from bot.model import Workspace

_PARTS = 3
PEOPLE = "people."
"""Begins the name of a field in which people of a linked workplace are picked."""


def abroad(workspace: Workspace, user: str) -> str:
    """Somebody of a linked workplace; nobody stays nobody."""
    return f"{workspace}:{user}" if user else ""


def comes_from(user: str) -> Workspace | None:
    """The linked workplace that somebody is of; None for people of the workplace itself."""
    parts = user.split(":", 2)
    return Workspace(parts[0], parts[1]) if len(parts) == _PARTS else None


def own_id(user: str) -> str:
    """How somebody's own platform calls them."""
    return user.split(":", 2)[2] if comes_from(user) else user


def called(workspace: Workspace) -> str:
    """The name of a platform, as it writes it itself."""
    return workspace.platform.title()
