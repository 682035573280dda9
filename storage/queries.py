"""The answer to each question of `bot.records`, once for every database.

`answer` picks the function by the class of the question, so that a new question is one function here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, func, select

from bot import records as r
from storage import tables as t

Row = TypeVar("Row")

_FIRST = ("report", "note")
"""Kinds that are posted before all others, in this order."""


@singledispatch
def answer(query: r.Query[Any], connection: Connection) -> Any:  # noqa: ARG001 - the signature of all below
    """Answer a question."""
    raise TypeError(f"no answer is written for {type(query).__name__}")


def found(connection: Connection, kind: type[Row], *where: ColumnElement[bool]) -> tuple[Row, ...]:
    """The rows of a class of which this is true."""
    rows = connection.execute(select(*t.columns(kind)).where(*where))
    return tuple(kind(*each) for each in rows)


def _row(connection: Connection, kind: type[Row], *where: ColumnElement[bool]) -> Row | None:
    return next(iter(found(connection, kind, *where)), None)


@answer.register
def _keys(_: r.Keys, connection: Connection) -> tuple[r.KeyRow, ...]:
    return found(connection, r.KeyRow)


@answer.register
def _workspace_by_id(query: r.WorkspaceById, connection: Connection) -> r.WorkspaceRow | None:
    return _row(connection, r.WorkspaceRow, t.workspaces.c.id == query.id)


@answer.register
def _desks(query: r.Desks, connection: Connection) -> tuple[r.DeskRow, ...]:
    return found(connection, r.DeskRow, t.desks.c.workspace == query.workspace)


@answer.register
def _draft_by_id(query: r.DraftById, connection: Connection) -> r.DraftRow | None:
    return _row(connection, r.DraftRow, t.drafts.c.id == query.id)


@answer.register
def _report_by_id(query: r.ReportById, connection: Connection) -> r.ReportRow | None:
    return _row(connection, r.ReportRow, t.reports.c.id == query.id)


@answer.register
def _report_by_locator(query: r.ReportByLocator, connection: Connection) -> r.ReportRow | None:
    return _row(connection, r.ReportRow, t.reports.c.locator == query.locator)


@answer.register
def _report_keys(query: r.ReportKeys, connection: Connection) -> tuple[r.ReportKeyRow, ...]:
    return found(connection, r.ReportKeyRow, t.report_keys.c.report == query.report)


@answer.register
def _messages_of(query: r.MessagesOf, connection: Connection) -> tuple[r.MessageRow, ...]:
    rows = found(connection, r.MessageRow, t.messages.c.report == query.report)
    return tuple(sorted(rows, key=lambda each: each.number))


@answer.register
def _message_by_id(query: r.MessageById, connection: Connection) -> r.MessageRow | None:
    return _row(connection, r.MessageRow, t.messages.c.id == query.id)


@answer.register
def _reports_since(query: r.ReportsSince, connection: Connection) -> tuple[r.ReportRow, ...]:
    here = t.reports.c.workspace == query.workspace
    return found(connection, r.ReportRow, here, t.reports.c.week >= query.week)


@answer.register
def _outbox_by_id(query: r.OutboxById, connection: Connection) -> r.OutboxRow | None:
    return _row(connection, r.OutboxRow, t.outbox.c.id == query.id)


@answer.register
def _due(query: r.Due, connection: Connection) -> tuple[r.OutboxRow, ...]:
    due = select(*t.columns(r.OutboxRow)).where(t.outbox.c.due <= query.now)
    waiting = due.order_by(t.outbox.c.due, t.outbox.c.id)
    found: list[r.OutboxRow] = []
    for turn in (*(t.outbox.c.kind == each for each in _FIRST), t.outbox.c.kind.not_in(_FIRST)):
        rows = connection.execute(waiting.where(turn).limit(query.limit - len(found)))
        found += [r.OutboxRow(*each) for each in rows]
    return tuple(found)


@answer.register
def _next_due(query: r.NextDue, connection: Connection) -> datetime | None:
    soonest: datetime | None = connection.scalar(
        select(func.min(t.outbox.c.due)).where(t.outbox.c.due > query.after)
    )
    return soonest


@answer.register
def _posts_about(query: r.PostsAbout, connection: Connection) -> tuple[r.PostRow, ...]:
    return found(connection, r.PostRow, t.posts.c.subject == query.subject, t.posts.c.kind == query.kind)


@answer.register
def _posts_in(query: r.PostsIn, connection: Connection) -> tuple[r.PostRow, ...]:
    return found(connection, r.PostRow, t.posts.c.workspace == query.workspace)


@answer.register
def _window_by_id(query: r.WindowById, connection: Connection) -> r.WindowRow | None:
    return _row(connection, r.WindowRow, t.windows.c.id == query.id)


@answer.register
def _window_about(query: r.WindowAbout, connection: Connection) -> r.WindowRow | None:
    about = (t.windows.c.subject == query.subject, t.windows.c.kind == query.kind)
    rows = found(connection, r.WindowRow, *about)
    return max(rows, key=lambda each: (bool(each.secret), each.opens), default=None)


@answer.register
def _open_windows(_: r.OpenWindows, connection: Connection) -> tuple[r.WindowRow, ...]:
    return found(connection, r.WindowRow, t.OPEN)


@answer.register
def _counted(query: r.Counted, connection: Connection) -> Mapping[str, int]:
    here = (t.counters.c.workspace == query.workspace, t.counters.c.kind == query.kind)
    found = connection.execute(
        select(t.counters.c.week, t.counters.c.sum).where(*here, t.counters.c.week >= query.since)
    )
    return {week: total for week, total in found}  # noqa: C416 - a row is not a typed pair to dict()


@answer.register
def _digest_of(query: r.DigestOf, connection: Connection) -> r.DigestRow | None:
    here = t.digests.c.workspace == query.workspace
    return _row(connection, r.DigestRow, here, t.digests.c.week == query.week)


@answer.register
def _digest_by_id(query: r.DigestById, connection: Connection) -> r.DigestRow | None:
    return _row(connection, r.DigestRow, t.digests.c.id == query.id)


@answer.register
def _latest_digest(query: r.LatestDigest, connection: Connection) -> r.DigestRow | None:
    here = select(*t.columns(r.DigestRow)).where(t.digests.c.workspace == query.workspace)
    found = connection.execute(here.order_by(t.digests.c.week.desc()).limit(1)).first()
    return r.DigestRow(*found) if found else None
