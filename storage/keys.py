"""What each question and change about keys and locks does, once for every database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from bot import records as r
from storage import tables as t
from storage.changes import apply, drop, keep, put
from storage.queries import answer

ERASING = (r.RewrapKeys, r.DropKey, r.Reseal, r.PutLock, r.DropLock, r.LockInbox)
"""Changes after which nothing of what was there may be left in a file."""


def _under(column: ColumnElement[bytes], prefix: bytes) -> ColumnElement[bool]:
    return func.substr(column, 1, len(prefix)) == prefix


@answer.register
def _sealed_under(query: r.SealedUnder, connection: Connection) -> tuple[r.Found, ...]:
    table = t.TABLES[query.kind]
    keys = list(table.primary_key)
    found = _with_workspace(table, [*keys, *t.columns(query.kind)]).where(
        _under(table.c[query.column], query.prefix)
    )
    if query.after:
        found = found.where(tuple_(*keys) > query.after)
    page = connection.execute(found.order_by(*keys).limit(query.limit))
    return tuple(r.Found(tuple(row[: len(keys)]), query.kind(*row[len(keys) : -1]), row[-1]) for row in page)


def _with_workspace(table: Table, columns: Sequence[Column[Any]]) -> Select[Any]:
    if "workspace" in table.c:
        return select(*columns, table.c.workspace)
    if "report" in table.c:
        return select(*columns, t.reports.c.workspace).join(t.reports, t.reports.c.id == table.c.report)
    if "window" in table.c:
        return select(*columns, t.windows.c.workspace).join(t.windows, t.windows.c.id == table.c.window)
    return select(*columns, literal(""))


@answer.register
def _count_under(query: r.CountUnder, connection: Connection) -> int:
    column = t.TABLES[query.kind].c[query.column]
    return connection.scalar(select(func.count()).where(_under(column, query.prefix))) or 0


@answer.register
def _columns_under(query: r.ColumnsUnder, connection: Connection) -> tuple[str, ...]:
    columns = (each for table in t.METADATA.sorted_tables for each in table.c)
    return tuple(
        f"{each.table.name}.{each.name}"
        for each in columns
        if isinstance(each.type, LargeBinary)
        and connection.scalar(select(exists().where(_under(each, query.prefix))))
    )


@answer.register
def _locks_of(query: r.LocksOf, connection: Connection) -> tuple[r.LockRow, ...]:
    found = connection.execute(select(*t.columns(r.LockRow)).where(t.locks.c.desk == query.desk))
    return tuple(r.LockRow(*each) for each in found)


@apply.register
def _add_key(change: r.AddKey, connection: Connection) -> bool:
    return keep(connection, change.row, t.keys.c.purpose, t.keys.c.generation)


@apply.register
def _rewrap_keys(change: r.RewrapKeys, connection: Connection) -> bool:
    for row in change.rows:
        wrapped = update(t.keys).where(t.keys.c.id == row.id).values(wrapped=row.wrapped)
        connection.execute(wrapped)
    return True


@apply.register
def _drop_key(change: r.DropKey, connection: Connection) -> bool:
    return drop(connection, t.keys, change.id)


@apply.register
def _reseal(change: r.Reseal, connection: Connection) -> bool:
    table = t.TABLES[change.kind]
    keys = list(table.primary_key)
    mine = [key == bindparam(f"key_{n}", type_=key.type) for n, key in enumerate(keys)]
    column = table.c[change.column]
    fresh = update(table).where(*mine, column == bindparam("was")).values({column.name: bindparam("becomes")})
    given = [
        {"was": was, "becomes": becomes} | {f"key_{n}": key for n, key in enumerate(reference)}
        for reference, was, becomes in change.values
    ]
    connection.execute(fresh, given)
    return True


@apply.register
def _put_lock(change: r.PutLock, connection: Connection) -> bool:
    return put(connection, t.locks, t.values(change.row))


@apply.register
def _drop_lock(change: r.DropLock, connection: Connection) -> bool:
    return drop(connection, t.locks, change.id)


@apply.register
def _lock_inbox(change: r.LockInbox, connection: Connection) -> bool:
    as_it_was = (t.desks.c.id == change.desk.id, t.desks.c.private == change.desk.private)
    if connection.execute(update(t.desks).where(*as_it_was).values(private=change.private)).rowcount == 0:
        return False
    connection.execute(delete(t.locks).where(t.locks.c.desk == change.desk.id))
    connection.execute(insert(t.locks), [t.values(each) for each in change.locks])
    return True
