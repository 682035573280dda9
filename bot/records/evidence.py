"""What a report is proved by: the questions and changes about attachments and commitments."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records.questions import Query
from bot.records.rows import AttachmentRow, LeafRow, TreeRow


@dataclass(frozen=True, slots=True)
class AttachmentById(Query[AttachmentRow | None]):
    """One attachment."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Leaves(Query[tuple[LeafRow, ...]]):
    """The commitments of a workspace up to a week that no digest has proved yet, in the order of their bytes."""

    workspace: str
    week: str


@dataclass(frozen=True, slots=True)
class TreesSince(Query[tuple[TreeRow, ...]]):
    """The trees of a workspace of this week and later, the earliest first, at most `limit`.

    A commitment stands in the first that is decided after its week, so few are enough.
    """

    workspace: str
    week: str
    limit: int = 4


@dataclass(frozen=True, slots=True)
class AddAttachment:
    """Keep a file; no effect if it is known, or its owner is neither a draft nor a report."""

    row: AttachmentRow


@dataclass(frozen=True, slots=True)
class DropAttachment:
    """Erase a file; no effect if it is gone."""

    id: bytes


@dataclass(frozen=True, slots=True)
class ClaimAttachments:
    """What belonged to a draft belongs to the report that it became; no effect if it had nothing."""

    draft: bytes
    report: bytes


@dataclass(frozen=True, slots=True)
class AddLeaf:
    """Let the next digest prove a commitment; no effect if it waits already."""

    row: LeafRow


@dataclass(frozen=True, slots=True)
class DropLeaf:
    """A commitment is not to be proved; no effect if a digest has proved it."""

    leaf: bytes
