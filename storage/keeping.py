"""What each question and change about retention and erasure does, once for every database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select, update

from bot import records as r
from storage import tables as t
from storage.cases import end
from storage.changes import apply, insertion
from storage.queries import answer

ERASING = (r.EndReport, r.Rewrap, r.DropErasures)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _lives(_: r.Lives, connection: Connection) -> tuple[r.LifeRow, ...]:
    of_report = ("id", "workspace", "stage", "expires", "desk", "closed", "held")
    asked = [
        *(t.reports.c[each] for each in of_report),
        t.endings.c.seen,
        t.endings.c.due,
        t.endings.c.warned,
    ]
    joined = t.reports.outerjoin(t.endings, t.endings.c.report == t.reports.c.id)
    found = connection.execute(select(*asked).select_from(joined))
    return tuple(r.LifeRow(*each) for each in found)


@answer.register
def _upkeep_of(query: r.UpkeepOf, connection: Connection) -> datetime | None:
    at: datetime | None = connection.scalar(select(t.upkeep.c.at).where(t.upkeep.c.name == query.name))
    return at


@answer.register
def _erasures(_: r.Erasures, connection: Connection) -> tuple[bytes, ...]:
    return tuple(connection.scalars(select(t.erasures.c.mark).order_by(t.erasures.c.mark)))


@apply.register
def _put_ending(change: r.PutEnding, connection: Connection) -> bool:
    if not connection.scalar(select(exists().where(t.reports.c.id == change.row.report))):
        return False
    given = t.values(change.row)
    fresh = insertion(connection)(t.endings).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[t.endings.c.report], set_=given))
    return True


@apply.register
def _drop_ending(change: r.DropEnding, connection: Connection) -> bool:
    return connection.execute(delete(t.endings).where(t.endings.c.report == change.report)).rowcount == 1


@apply.register
def _put_upkeep(change: r.PutUpkeep, connection: Connection) -> bool:
    given = t.values(change.row)
    fresh = insertion(connection)(t.upkeep).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[t.upkeep.c.name], set_=given))
    return True


@apply.register
def _drop_erasures(change: r.DropErasures, connection: Connection) -> bool:
    listed = delete(t.erasures).where(t.erasures.c.mark.in_(change.marks))
    return connection.execute(listed).rowcount > 0


@apply.register
def _end_report(change: r.EndReport, connection: Connection) -> bool:
    as_seen = (
        t.reports.c.id == change.report,
        t.reports.c.stage == change.stage,
        t.reports.c.expires == change.expires,
        t.reports.c.closed.is_not_distinct_from(change.closed),
        t.reports.c.held.is_(None),
    )
    if not connection.scalar(select(exists().where(*as_seen))):
        return False
    end(change.report, change.gone, connection)
    return True


@apply.register
def _rewrap(change: r.Rewrap, connection: Connection) -> bool:
    stored = {
        kind(*each)
        for kind in (r.ReportKeyRow, r.ShareRow)
        for each in connection.execute(
            select(*t.columns(kind)).where(t.TABLES[kind].c.report == change.report)
        )
    }
    if stored != set(change.before):
        return False
    later = update(t.reports).where(t.reports.c.id == change.report).values(expires=change.expires)
    if connection.execute(later).rowcount == 0:
        return False
    for kind in (r.ReportKeyRow, r.ShareRow):
        connection.execute(delete(t.TABLES[kind]).where(t.TABLES[kind].c.report == change.report))
    for row in change.after:
        connection.execute(insert(t.TABLES[type(row)]), t.values(row))
    return True
