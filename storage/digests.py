"""What each question and change about what goes into digests does, once for every database."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, func, select, update

from bot import records as r
from storage import tables as t
from storage.changes import apply, insertion
from storage.queries import answer

ERASING = (r.PutRemark, r.DropRemark)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _remark_of(query: r.RemarkOf, connection: Connection) -> r.RemarkRow | None:
    here = and_(t.remarks.c.workspace == query.workspace, t.remarks.c.week == query.week)
    found = connection.execute(select(*t.columns(r.RemarkRow)).where(here)).first()
    return r.RemarkRow(*found) if found else None


@apply.register
def _put_remark(change: r.PutRemark, connection: Connection) -> bool:
    given = t.values(change.row)
    fresh = insertion(connection)(t.remarks).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=list(t.remarks.primary_key), set_=given))
    return True


@apply.register
def _drop_remark(change: r.DropRemark, connection: Connection) -> bool:
    here = and_(t.remarks.c.workspace == change.workspace, t.remarks.c.week == change.week)
    return connection.execute(delete(t.remarks).where(here)).rowcount > 0


@apply.register
def _start_count(change: r.StartCount, connection: Connection) -> bool:
    fresh = insertion(connection)(t.counters).values(t.values(change))
    kept = fresh.on_conflict_do_nothing(index_elements=list(t.counters.primary_key))
    return connection.execute(kept).rowcount == 1


@apply.register
def _count_voices(change: r.CountVoices, connection: Connection) -> bool:
    this = t.windows.c.id == change.window
    found = connection.execute(select(t.windows.c.workspace, t.windows.c.counted).where(this, t.OPEN)).first()
    if found is None:
        return False
    workspace, counted = found
    stand = select(func.coalesce(func.sum(t.voices.c.value), 0)).where(t.voices.c.window == change.window)
    by = (connection.scalar(stand) or 0) - counted
    if not by:
        return False
    connection.execute(update(t.windows).where(this).values(counted=counted + by))
    apply(r.StartCount(workspace, change.kind, change.week, change.start), connection)
    return apply(r.AddCount(workspace, change.kind, change.week, by), connection)
