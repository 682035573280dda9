"""What each change of `bot.records` does to reports and their conversations, once for every database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update
from sqlalchemy.sql import Update

from bot import records as r
from bot.erased import mark
from storage import tables as t
from storage.changes import apply, insertion, keep

ERASING = (r.Withdraw, r.EraseReport, r.DropOutboxAbout, r.RouteReport, r.PutRouting)
"""Changes after which nothing of what was there may be left in a file."""

_NEWS = "gone"
"""The kind of posts about messages that are erased."""

_CARDS = ("report", "moved")
"""Kinds of posts whose subject is a report and that end with it; what colleagues see stays."""


@apply.register
def _file_report(change: r.FileReport, connection: Connection) -> bool:
    if not keep(connection, change.report, t.reports.c.id):
        return False
    if change.keys:
        connection.execute(insert(t.report_keys), [t.values(each) for each in change.keys])
    if change.delivery:
        connection.execute(insert(t.outbox), t.values(change.delivery))
    return True


@apply.register
def _mark_delivered(change: r.MarkDelivered, connection: Connection) -> bool:
    waiting = update(t.reports).where(t.reports.c.id == change.report, t.reports.c.delivered.is_(None))
    return connection.execute(waiting.values(desk=change.desk, delivered=change.at)).rowcount == 1


@apply.register
def _mark_opened(change: r.MarkOpened, connection: Connection) -> bool:
    unread = update(t.reports).where(t.reports.c.id == change.report, t.reports.c.opened.is_(None))
    return connection.execute(unread.values(opened=change.at)).rowcount == 1


@apply.register
def _route_report(change: r.RouteReport, connection: Connection) -> bool:
    same = t.reports.c.expires.in_([change.expires] if change.expires else [t.reports.c.expires])
    sent = _of(change.report, t.reports.c.stage != "withdrawn", same).values(
        routing=change.routing,
        stage=change.stage,
        desk=None,
        delivered=None,
        opened=None,
        reviewing=None,
        closed=None,
        quiet="",
    )
    if connection.execute(sent).rowcount == 0:
        return False
    # What the desk that had it kept for itself is nobody else's.
    notes = (t.messages.c.report == change.report, t.messages.c.side == "note")
    connection.execute(delete(t.messages).where(*notes))
    connection.execute(delete(t.cases).where(t.cases.c.report == change.report))
    connection.execute(delete(t.shares).where(t.shares.c.report == change.report))
    connection.execute(delete(t.held).where(t.held.c.report == change.report))
    holders = [key.holder for key in change.keys]
    mine = (t.report_keys.c.report == change.report, t.report_keys.c.holder.in_(holders))
    connection.execute(delete(t.report_keys).where(*mine))
    if change.keys:
        connection.execute(insert(t.report_keys), [t.values(key) for key in change.keys])
    connection.execute(insert(t.outbox), t.values(change.delivery))
    return True


@apply.register
def _put_routing(change: r.PutRouting, connection: Connection) -> bool:
    return connection.execute(_of(change.report).values(routing=change.routing)).rowcount == 1


@apply.register
def _withdraw(change: r.Withdraw, connection: Connection) -> bool:
    unseen = exists().where(
        t.reports.c.id == change.report,
        t.reports.c.stage != "withdrawn",
        t.reports.c.delivered.is_(None),
        t.reports.c.held.is_(None),
    )
    if connection.scalar(select(unseen)):
        erase(change.report, connection)
        return True
    marked = _of(change.report, t.reports.c.stage != "withdrawn").values(stage="withdrawn")
    if connection.execute(marked).rowcount == 0:
        return False
    for row in change.later:
        connection.execute(insert(t.outbox), t.values(row))
    return True


@apply.register
def _restore(change: r.Restore, connection: Connection) -> bool:
    back = _of(change.report, t.reports.c.stage == "withdrawn").values(stage="sent")
    return connection.execute(back).rowcount == 1


@apply.register
def _erase_report(change: r.EraseReport, connection: Connection) -> bool:
    free = exists().where(
        t.reports.c.id == change.report, t.reports.c.stage == "withdrawn", t.reports.c.held.is_(None)
    )
    if not connection.scalar(select(free)):
        return False
    end(change.report, change.gone, connection)
    return True


def end(report: bytes, gone: r.OutboxRow | None, connection: Connection) -> None:
    """Erase a report, and let `gone` wait, which takes the posts about it away; where there are none, it does not."""
    erase(report, connection)
    if gone is None:
        return
    about = (t.posts.c.subject == report) & t.posts.c.kind.in_((*_CARDS, gone.kind))
    if connection.execute(update(t.posts).where(about).values(kind=gone.kind)).rowcount:
        connection.execute(insert(t.outbox), t.values(gone))


def erase(report: bytes, connection: Connection) -> None:
    """A report, its keys, its conversation, and what waits to be posted about either; only its mark is left.

    What was posted about messages is known by the report from then on, as they are not there to be asked.
    """
    said = select(t.messages.c.id).where(t.messages.c.report == report)
    news = update(t.posts).where(t.posts.c.subject.in_(said))
    connection.execute(news.values(kind=_NEWS, subject=report))
    connection.execute(delete(t.outbox).where(t.outbox.c.subject.in_(said) | (t.outbox.c.subject == report)))
    connection.execute(delete(t.messages).where(t.messages.c.report == report))
    connection.execute(delete(t.attachments).where(t.attachments.c.owner == report))
    connection.execute(delete(t.report_keys).where(t.report_keys.c.report == report))
    connection.execute(delete(t.shares).where(t.shares.c.report == report))
    connection.execute(delete(t.held).where(t.held.c.report == report))
    connection.execute(delete(t.cases).where(t.cases.c.report == report))
    connection.execute(delete(t.endings).where(t.endings.c.report == report))
    connection.execute(delete(t.reports).where(t.reports.c.id == report))
    keep(connection, r.ErasureRow(mark(report)), t.erasures.c.mark)


@apply.register
def _mark_reviewing(change: r.MarkReviewing, connection: Connection) -> bool:
    unseen = _of(change.report, t.reports.c.reviewing.is_(None)).values(reviewing=change.at)
    return connection.execute(unseen).rowcount == 1


@apply.register
def _mark_closed(change: r.MarkClosed, connection: Connection) -> bool:
    other = t.reports.c.closed.is_(None) if change.at else t.reports.c.closed.is_not(None)
    return connection.execute(_of(change.report, other).values(closed=change.at)).rowcount == 1


@apply.register
def _mark_held(change: r.MarkHeld, connection: Connection) -> bool:
    other = t.reports.c.held.is_(None) if change.at else t.reports.c.held.is_not(None)
    return connection.execute(_of(change.report, other).values(held=change.at)).rowcount == 1


@apply.register
def _add_message(change: r.AddMessage, connection: Connection) -> bool:
    row = change.row
    welcome = t.reports.c.stage != "withdrawn" if row.side != "reporter" else t.reports.c.id.is_not(None)
    if not connection.scalar(select(exists().where(t.reports.c.id == row.report, welcome))):
        return False
    before = select(func.coalesce(func.max(t.messages.c.number), 0)).where(t.messages.c.report == row.report)
    given = t.values(row) | {"number": (connection.scalar(before) or 0) + 1}
    fresh = (
        insertion(connection)(t.messages)
        .values(given)
        .on_conflict_do_nothing(index_elements=[t.messages.c.id])
    )
    if connection.execute(fresh).rowcount == 0:
        return False
    if change.delivery:
        connection.execute(insert(t.outbox), t.values(change.delivery))
    return True


@apply.register
def _mark_arrived(change: r.MarkArrived, connection: Connection) -> bool:
    waiting = update(t.messages).where(t.messages.c.id == change.message, t.messages.c.at.is_(None))
    return connection.execute(waiting.values(at=change.at)).rowcount == 1


@apply.register
def _drop_outbox_about(change: r.DropOutboxAbout, connection: Connection) -> bool:
    here = (t.outbox.c.kind == change.kind, t.outbox.c.subject == change.subject)
    return connection.execute(delete(t.outbox).where(*here)).rowcount > 0


def _of(report: bytes, *where: ColumnElement[bool]) -> Update:
    return update(t.reports).where(t.reports.c.id == report, *where)
