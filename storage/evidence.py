"""What each question and change about attachments and commitments does, once for every database."""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, or_, select, update

from bot import records as r
from storage import tables as t
from storage.changes import apply, drop, keep
from storage.queries import answer

ERASING = (r.DropAttachment, r.DropLeaf, r.DecideDigest)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _attachment_by_id(query: r.AttachmentById, connection: Connection) -> r.AttachmentRow | None:
    found = connection.execute(select(t.attachments).where(t.attachments.c.id == query.id)).first()
    return r.AttachmentRow(*found) if found else None


@answer.register
def _leaves(query: r.Leaves, connection: Connection) -> tuple[r.LeafRow, ...]:
    here = (t.leaves.c.workspace == query.workspace, t.leaves.c.week <= query.week)
    return tuple(
        r.LeafRow(*each) for each in connection.execute(select(t.leaves).where(*here).order_by("leaf"))
    )


@answer.register
def _trees_since(query: r.TreesSince, connection: Connection) -> tuple[r.TreeRow, ...]:
    here = (t.trees.c.workspace == query.workspace, t.trees.c.week >= query.week)
    earliest = select(t.trees).where(*here).order_by("week").limit(query.limit)
    return tuple(r.TreeRow(*each) for each in connection.execute(earliest))


@apply.register
def _add_attachment(change: r.AddAttachment, connection: Connection) -> bool:
    owner = change.row.owner
    known = or_(
        exists().where(t.drafts.c.id == owner),
        exists().where(t.reports.c.id == owner, t.reports.c.stage != "withdrawn"),
    )
    return bool(connection.scalar(select(known))) and keep(connection, change.row, t.attachments.c.id)


@apply.register
def _drop_attachment(change: r.DropAttachment, connection: Connection) -> bool:
    return drop(connection, t.attachments, change.id)


@apply.register
def _claim_attachments(change: r.ClaimAttachments, connection: Connection) -> bool:
    theirs = update(t.attachments).where(t.attachments.c.owner == change.draft)
    return connection.execute(theirs.values(owner=change.report)).rowcount > 0


@apply.register
def _add_leaf(change: r.AddLeaf, connection: Connection) -> bool:
    return keep(connection, change.row, t.leaves.c.leaf)


@apply.register
def _drop_leaf(change: r.DropLeaf, connection: Connection) -> bool:
    return connection.execute(delete(t.leaves).where(t.leaves.c.leaf == change.leaf)).rowcount == 1
