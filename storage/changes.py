"""What each change of `bot.records` does, once for every database.

`apply` picks the function by the class of the change, so that a new change is one function here. Each says
whether it took effect. There is one writer, so what a function has read stays true until it has written.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from bot import records as r
from storage import tables as t

ERASING = (r.PutDraft, r.DropDraft, r.AgeDrafts, r.DropOutbox, r.DropPost, r.MoveCount, r.CloseWindow)
"""Changes after which nothing of what was there may be left in a file."""


def insertion(connection: Connection) -> Any:
    """The INSERT of this database, with what it does on a conflict."""
    return _inserting(connection.dialect.name)


def _inserting(dialect: str) -> Any:
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects.postgresql import insert as inserted  # noqa: PLC0415 - what is not used is not imported

    return inserted


@singledispatch
def apply(change: object, connection: Connection) -> bool:  # noqa: ARG001 - the signature of all below
    """Make a change and say whether it took effect."""
    raise TypeError(f"nothing is written for {type(change).__name__}")


def keep(connection: Connection, row: Any, *unless: Any) -> bool:
    """Insert a row unless there is one that is equal in these columns, or breaks any uniqueness if none are named."""
    fresh = insertion(connection)(t.TABLES[type(row)]).values(t.values(row))
    return connection.execute(fresh.on_conflict_do_nothing(index_elements=unless or None)).rowcount == 1


def put(connection: Connection, table: Table, given: dict[str, Any]) -> bool:
    """Insert a row, or replace the one with its id."""
    fresh = insertion(connection)(table).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[table.c.id], set_=given))
    return True


def drop(connection: Connection, table: Table, row: bytes) -> bool:
    """Erase the row with this id, if it is there."""
    return connection.execute(delete(table).where(table.c.id == row)).rowcount == 1


@apply.register
def _add_workspace(change: r.AddWorkspace, connection: Connection) -> bool:
    return keep(connection, change.row, t.workspaces.c.id)


@apply.register
def _add_desk(change: r.AddDesk, connection: Connection) -> bool:
    return keep(connection, change.row, t.desks.c.workspace, t.desks.c.channel)


@apply.register
def _put_draft(change: r.PutDraft, connection: Connection) -> bool:
    return put(connection, t.drafts, t.values(change.row) | {"sweeps": 0})


@apply.register
def _drop_draft(change: r.DropDraft, connection: Connection) -> bool:
    connection.execute(delete(t.attachments).where(t.attachments.c.owner == change.id))
    return drop(connection, t.drafts, change.id)


@apply.register
def _age_drafts(change: r.AgeDrafts, connection: Connection) -> bool:
    aged = connection.execute(update(t.drafts).values(sweeps=t.drafts.c.sweeps + 1)).rowcount
    old = t.drafts.c.sweeps >= change.sweeps
    theirs = t.attachments.c.owner.in_(select(t.drafts.c.id).where(old))
    connection.execute(delete(t.attachments).where(theirs))
    connection.execute(delete(t.drafts).where(old))
    return aged > 0


@apply.register
def _add_outbox(change: r.AddOutbox, connection: Connection) -> bool:
    return keep(connection, change.row, t.outbox.c.id)


@apply.register
def _drop_outbox(change: r.DropOutbox, connection: Connection) -> bool:
    return drop(connection, t.outbox, change.id)


@apply.register
def _postpone(change: r.Postpone, connection: Connection) -> bool:
    later = update(t.outbox).where(t.outbox.c.id == change.id).values(due=change.due)
    return connection.execute(later).rowcount == 1


@apply.register
def _put_post(change: r.PutPost, connection: Connection) -> bool:
    return put(connection, t.TABLES[r.PostRow], t.values(change.row))


@apply.register
def _drop_post(change: r.DropPost, connection: Connection) -> bool:
    return drop(connection, t.TABLES[r.PostRow], change.id)


@apply.register
def _open_window(change: r.OpenWindow, connection: Connection) -> bool:
    row = change.row
    wall = exists().where(t.windows.c.workspace == row.workspace, t.windows.c.kind == "wall", t.OPEN)
    if row.kind == "wall" and connection.scalar(select(wall)):
        return False
    return keep(connection, row)


@apply.register
def _cast_voice(change: r.CastVoice, connection: Connection) -> bool:
    connection.execute(casting(connection.dialect.name), t.values(change) | {"stands": int(change.stands)})
    return bool(connection.scalar(select(exists().where(t.windows.c.id == change.window, t.OPEN))))


def casting(dialect: str) -> Any:
    """The one statement of a voice, with parameters `window`, `token`, `stands` (1 or 0) and `grade`.

    It does nothing unless the window is open, and keeps no row for a voice that never stood.
    """
    token = bindparam("token", type_=t.voices.c.token.type)
    stands = bindparam("stands", type_=t.voices.c.value.type)
    one: ColumnElement[int] = literal_column("1")
    none: ColumnElement[int] = literal_column("0")
    stood = exists().where(t.voices.c.window == t.windows.c.id, t.voices.c.token == token)
    grade = bindparam("grade", type_=t.voices.c.grade.type)
    voice = select(t.windows.c.id, token, stands, none, none, grade).where(
        t.windows.c.id == bindparam("window"), t.OPEN, or_(stands == one, stood)
    )
    fresh = _inserting(dialect)(t.voices).from_select(
        ["window", "token", "value", "shown", "moved", "grade"], voice
    )
    return fresh.on_conflict_do_update(
        index_elements=[t.voices.c.window, t.voices.c.token],
        set_={"value": fresh.excluded.value, "grade": fresh.excluded.grade},
    )


@apply.register
def _move_count(change: r.MoveCount, connection: Connection) -> bool:
    mine = t.voices.c.window == change.window
    differs = t.voices.c.value != t.voices.c.shown
    changed, by = connection.execute(
        select(
            func.count(case((and_(differs, t.voices.c.moved == 0), 1))),
            func.sum(t.voices.c.value - t.voices.c.shown),
        ).where(mine)
    ).one()
    if changed < max(change.least, 1):
        return False
    moved = update(t.windows).where(t.windows.c.id == change.window).values(shown=t.windows.c.shown + by)
    window = t.windows.c
    workspace, kind, now = connection.execute(
        moved.returning(window.workspace, window.kind, window.shown)
    ).one()
    connection.execute(update(t.voices).where(mine, differs).values(shown=t.voices.c.value, moved=1))
    connection.execute(delete(t.voices).where(mine, t.voices.c.value == 0, t.voices.c.moved == 0))
    told = (now if now >= change.floor else 0) - (now - by if now - by >= change.floor else 0)
    return _add_count(r.AddCount(workspace, kind, change.week, told), connection)


@apply.register
def _close_window(change: r.CloseWindow, connection: Connection) -> bool:
    closed = update(t.windows).where(t.windows.c.id == change.window, t.OPEN).values(secret=b"", counted=0)
    if connection.execute(closed).rowcount == 0:
        return False
    connection.execute(delete(t.voices).where(t.voices.c.window == change.window))
    return True


@apply.register
def _decide_digest(change: r.DecideDigest, connection: Connection) -> bool:
    if not keep(connection, change.row, t.digests.c.workspace, t.digests.c.week):
        return False
    connection.execute(insert(t.outbox), [t.values(each) for each in (change.delivery, *change.also)])
    if change.tree:
        connection.execute(insert(t.trees), t.values(change.tree))
        proved = [{"proved": each} for each in _cut(change.tree.leaves)]
        connection.execute(delete(t.leaves).where(t.leaves.c.leaf == bindparam("proved")), proved)
    return True


def _cut(leaves: bytes, size: int = 32) -> list[bytes]:
    return [leaves[at : at + size] for at in range(0, len(leaves), size)]


@apply.register
def _add_count(change: r.AddCount, connection: Connection) -> bool:
    given = {"workspace": change.workspace, "kind": change.kind, "week": change.week, "sum": change.by}
    fresh = insertion(connection)(t.counters).values(given)
    added = {"sum": t.counters.c.sum + fresh.excluded.sum}
    connection.execute(fresh.on_conflict_do_update(index_elements=list(t.counters.primary_key), set_=added))
    return True
