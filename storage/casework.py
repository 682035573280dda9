"""What each question and change about casework, audit and set-up does, once for every database."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from sqlalchemy import Connection, delete, exists, func, insert, select

from bot import records as r
from storage import tables as t
from storage.changes import apply, insertion
from storage.queries import answer

ERASING = (r.PutCase, r.PutSetup, r.PutChosen)
"""Changes after which nothing of what was there may be left in a file."""

FIRST = bytes(32)
"""The head before the first entry of an audit log."""


@answer.register
def _watch_of(query: r.WatchOf, connection: Connection) -> r.WatchRow | None:
    found = connection.execute(select(t.watches).where(t.watches.c.desk == query.desk)).first()
    return r.WatchRow(*found) if found else None


@answer.register
def _case_of(query: r.CaseOf, connection: Connection) -> r.CaseRow | None:
    found = connection.execute(select(t.cases).where(t.cases.c.report == query.report)).first()
    return r.CaseRow(*found) if found else None


@answer.register
def _reports_at_desks(query: r.ReportsAtDesks, connection: Connection) -> tuple[r.ReportRow, ...]:
    stages = ("sent", "withdrawn") if query.hidden else ("sent",)
    here = (
        t.reports.c.workspace == query.workspace,
        t.reports.c.stage.in_(stages),
        t.reports.c.delivered.is_not(None),
    )
    found = connection.execute(select(*t.columns(r.ReportRow)).where(*here))
    return tuple(r.ReportRow(*each) for each in found)


@answer.register
def _audit_of(query: r.AuditOf, connection: Connection) -> tuple[r.AuditRow, ...]:
    log = select(*t.columns(r.AuditRow)).where(t.audit.c.workspace == query.workspace)
    return tuple(r.AuditRow(*each) for each in connection.execute(log.order_by(t.audit.c.number)))


@answer.register
def _last_audit(query: r.LastAudit, connection: Connection) -> r.AuditRow | None:
    log = select(*t.columns(r.AuditRow)).where(t.audit.c.workspace == query.workspace)
    found = connection.execute(log.order_by(t.audit.c.number.desc()).limit(1)).first()
    return r.AuditRow(*found) if found else None


@answer.register
def _setups(_: r.Setups, connection: Connection) -> tuple[r.SetupRow, ...]:
    return tuple(r.SetupRow(*each) for each in connection.execute(select(t.setups)))


@answer.register
def _chosen(_: r.Chosen, connection: Connection) -> tuple[r.ChosenRow, ...]:
    return tuple(r.ChosenRow(*each) for each in connection.execute(select(t.chosen)))


@apply.register
def _put_watch(change: r.PutWatch, connection: Connection) -> bool:
    given = t.values(change.row)
    fresh = insertion(connection)(t.watches).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[t.watches.c.desk], set_=given))
    return True


@apply.register
def _put_case(change: r.PutCase, connection: Connection) -> bool:
    row = change.row
    kept = select(func.coalesce(func.max(t.cases.c.version), 0)).where(t.cases.c.report == row.report)
    there = exists().where(t.reports.c.id == row.report)
    if not connection.scalar(select(there)) or (connection.scalar(kept) or 0) != row.version - 1:
        return False
    connection.execute(delete(t.cases).where(t.cases.c.report == row.report))
    connection.execute(insert(t.cases), t.values(row))
    for each in change.also:
        apply(each, connection)
    return True


@apply.register
def _append_audit(change: r.AppendAudit, connection: Connection) -> bool:
    last = _last_audit(r.LastAudit(change.row.workspace), connection)
    before, number = (last.head, last.number) if last else (FIRST, 0)
    head = sha256(before + change.row.digest).digest()
    connection.execute(insert(t.audit), t.values(replace(change.row, number=number + 1, head=head)))
    return True


@apply.register
def _put_setup(change: r.PutSetup, connection: Connection) -> bool:
    given = t.values(change.row)
    fresh = insertion(connection)(t.setups).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[t.setups.c.workspace], set_=given))
    return True


@apply.register
def _put_chosen(change: r.PutChosen, connection: Connection) -> bool:
    row = change.row
    here = t.chosen.c.workspace == row.workspace
    kept = connection.scalar(select(func.coalesce(func.max(t.chosen.c.version), 0)).where(here)) or 0
    if kept != row.version - 1:
        return False
    connection.execute(delete(t.chosen).where(here))
    connection.execute(insert(t.chosen), t.values(row))
    also = (
        r.AddWorkspace(r.WorkspaceRow(row.workspace, change.since)),
        *(r.AddDesk(each) for each in change.desks),
        *(r.AddOutbox(each) for each in change.posts),
    )
    for each in (*also, *change.entries):
        apply(each, connection)
    return True
