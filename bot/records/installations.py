"""What a platform's app was given where it was installed, and the tickets of installing that were used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.records.questions import Query


@dataclass(frozen=True, slots=True)
class InstallationRow:
    """What lets an app act for whom it was installed, `sealed`; each change makes `version` one higher.

    `workspace` names a workspace, or an organisation that installed it for all of its workspaces.
    """

    workspace: str
    sealed: bytes
    version: int


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket that was used: it cannot be used again, and after `until` it would be worth nothing anyway."""

    id: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class Installed(Query[tuple[InstallationRow, ...]]):
    """Every installation."""


@dataclass(frozen=True, slots=True)
class InstallationOf(Query[InstallationRow | None]):
    """One installation."""

    workspace: str


@dataclass(frozen=True, slots=True)
class PutInstallation:
    """Keep an installation; no effect if somebody changed it since it was read.

    Its version has to be one higher than the one that is kept, and 1 where none is.
    """

    row: InstallationRow


@dataclass(frozen=True, slots=True)
class DropInstallation:
    """Erase what an app was given, and nothing else; no effect if it is of another version by now."""

    workspace: str
    version: int


@dataclass(frozen=True, slots=True)
class SpendTicket:
    """Use a ticket; no effect if it was used before. What is past its time at `now` is forgotten."""

    row: TicketRow
    now: datetime
