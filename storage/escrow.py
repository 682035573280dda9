"""What each question and change about held reports does, once for every database."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from bot import records as r
from storage import tables as t
from storage.changes import apply
from storage.queries import answer

Row = TypeVar("Row")

ERASING = (r.LetGo, r.LetOut, r.DropMatch, r.EndMatch, r.EndQuiet, r.PutNamed)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _held_of(query: r.HeldOf, connection: Connection) -> r.HeldRow | None:
    return _one(connection, r.HeldRow, t.held.c.report == query.report)


@answer.register
def _held_alike(query: r.HeldAlike, connection: Connection) -> tuple[r.HeldRow, ...]:
    found = connection.execute(select(*t.columns(r.HeldRow)).where(t.held.c.tag == query.tag))
    return tuple(r.HeldRow(*each) for each in found)


@answer.register
def _any_held(query: r.AnyHeld, connection: Connection) -> r.HeldRow | None:
    return _one(connection, r.HeldRow, t.held.c.workspace == query.workspace)


@answer.register
def _shares_of(query: r.SharesOf, connection: Connection) -> tuple[r.ShareRow, ...]:
    found = connection.execute(select(*t.columns(r.ShareRow)).where(t.shares.c.report == query.report))
    return tuple(r.ShareRow(*each) for each in found)


@answer.register
def _match_by_id(query: r.MatchById, connection: Connection) -> r.MatchRow | None:
    return _one(connection, r.MatchRow, t.matches.c.id == query.id)


@answer.register
def _matches_at_desks(query: r.MatchesAtDesks, connection: Connection) -> tuple[r.MatchRow, ...]:
    there = (t.matches.c.workspace == query.workspace, t.matches.c.desk.is_not(None))
    found = connection.execute(select(*t.columns(r.MatchRow)).where(*there))
    return tuple(r.MatchRow(*each) for each in found)


@answer.register
def _keeper_of(query: r.KeeperOf, connection: Connection) -> r.KeeperRow | None:
    return _one(connection, r.KeeperRow, t.keepers.c.workspace == query.workspace)


@apply.register
def _hold(change: r.Hold, connection: Connection) -> bool:
    row = change.row
    if not _fits(row, connection):
        return False
    kept = update(t.reports).where(t.reports.c.id == row.report, t.reports.c.stage == "kept")
    if connection.execute(kept.values(stage="held")).rowcount == 0:
        return False
    if _one(connection, r.KeeperRow, t.keepers.c.workspace == row.workspace) is None:
        connection.execute(insert(t.keepers), t.values(r.KeeperRow(row.workspace, row.keeper)))
    connection.execute(insert(t.held), t.values(row))
    connection.execute(insert(t.shares), [t.values(each) for each in change.shares])
    known = _one(connection, r.MatchRow, t.matches.c.tag == row.tag)
    if known is None and _writers(connection, row.tag) >= row.k:
        connection.execute(insert(t.matches), t.values(change.match))
        known = change.match
    if known is not None:
        connection.execute(insert(t.outbox), t.values(replace(change.delivery, subject=known.id)))
    return True


@apply.register
def _let_go(change: r.LetGo, connection: Connection) -> bool:
    if not _unhold(connection, change.report):
        return False
    connection.execute(update(t.reports).where(t.reports.c.id == change.report).values(stage="kept"))
    return True


@apply.register
def _let_out(change: r.LetOut, connection: Connection) -> bool:
    if not _unhold(connection, change.report):
        return False
    there = update(t.reports).where(t.reports.c.id == change.report)
    connection.execute(
        there.values(
            stage="sent", routing=change.routing, desk=change.desk, delivered=change.at, quiet=change.quiet
        )
    )
    holders = [key.holder for key in change.keys]
    before = (t.report_keys.c.report == change.report, t.report_keys.c.holder.in_(holders))
    connection.execute(delete(t.report_keys).where(*before))
    connection.execute(insert(t.report_keys), [t.values(key) for key in change.keys])
    return True


@apply.register
def _end_quiet(change: r.EndQuiet, connection: Connection) -> bool:
    quiet = update(t.reports).where(t.reports.c.id == change.report, t.reports.c.quiet != "")
    lost = {"locator": change.locator} if change.locator else {}
    return connection.execute(quiet.values(quiet="", **lost)).rowcount == 1


@apply.register
def _drop_match(change: r.DropMatch, connection: Connection) -> bool:
    idle = delete(t.matches).where(t.matches.c.id == change.id, t.matches.c.desk.is_(None))
    return connection.execute(idle).rowcount == 1


@apply.register
def _mark_matched(change: r.MarkMatched, connection: Connection) -> bool:
    idle = update(t.matches).where(t.matches.c.id == change.id, t.matches.c.desk.is_(None))
    return connection.execute(idle.values(desk=change.desk)).rowcount == 1


@apply.register
def _unmark_matched(change: r.UnmarkMatched, connection: Connection) -> bool:
    closed = update(t.matches).where(
        t.matches.c.id == change.id, t.matches.c.desk == change.desk, t.matches.c.opening == b""
    )
    if connection.execute(closed.values(desk=None)).rowcount == 0:
        return False
    connection.execute(insert(t.outbox), t.values(change.delivery))
    return True


@apply.register
def _put_named(change: r.PutNamed, connection: Connection) -> bool:
    there = update(t.matches).where(t.matches.c.id == change.id)
    return connection.execute(there.values(named=change.named)).rowcount == 1


@apply.register
def _end_match(change: r.EndMatch, connection: Connection) -> bool:
    waiting = select(t.held.c.report).where(t.held.c.tag == t.matches.c.tag).exists()
    over = delete(t.matches).where(t.matches.c.id == change.id, t.matches.c.opening != b"", ~waiting)
    if connection.execute(over).rowcount == 0:
        return False
    connection.execute(insert(t.outbox), t.values(change.delivery))
    return True


@apply.register
def _drop_keeper(change: r.DropKeeper, connection: Connection) -> bool:
    there = delete(t.keepers).where(t.keepers.c.workspace == change.workspace)
    return connection.execute(there).rowcount == 1


@apply.register
def _open_match(change: r.OpenMatch, connection: Connection) -> bool:
    closed = update(t.matches).where(
        t.matches.c.id == change.id, t.matches.c.desk.is_not(None), t.matches.c.opening == b""
    )
    return connection.execute(closed.values(opening=change.opening)).rowcount == 1


def _fits(row: r.HeldRow, connection: Connection) -> bool:
    """Whether this could match what is held in its workspace: by the same keeper, and for as many writers."""
    keeper = _one(connection, r.KeeperRow, t.keepers.c.workspace == row.workspace)
    if keeper is not None and keeper.known != row.keeper:
        return False
    other = _one(connection, r.HeldRow, t.held.c.workspace == row.workspace)
    return other is None or other.k == row.k  # any one, as all of them passed here


def _unhold(connection: Connection, report: bytes) -> bool:
    connection.execute(delete(t.shares).where(t.shares.c.report == report))
    return connection.execute(delete(t.held).where(t.held.c.report == report)).rowcount == 1


def _writers(connection: Connection, tag: bytes) -> int:
    """How many different writers hold something under a tag."""
    marks = select(func.count(t.held.c.mark.distinct())).where(t.held.c.tag == tag)
    return connection.scalar(marks) or 0


def _one(connection: Connection, kind: type[Row], *where: ColumnElement[bool]) -> Row | None:
    found = connection.execute(select(*t.columns(kind)).where(*where).limit(1)).first()
    return kind(*found) if found else None
