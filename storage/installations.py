"""What each question and change about installations of a platform's app does, once for every database."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from bot import records as r
from storage import tables as t
from storage.changes import apply, keep
from storage.queries import answer, found

ERASING = (r.PutInstallation, r.DropInstallation)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _installed(_: r.Installed, connection: Connection) -> tuple[r.InstallationRow, ...]:
    return found(connection, r.InstallationRow)


@answer.register
def _installation_of(query: r.InstallationOf, connection: Connection) -> r.InstallationRow | None:
    here = t.installations.c.workspace == query.workspace
    return next(iter(found(connection, r.InstallationRow, here)), None)


@apply.register
def _put_installation(change: r.PutInstallation, connection: Connection) -> bool:
    row = change.row
    here = t.installations.c.workspace == row.workspace
    version = select(func.coalesce(func.max(t.installations.c.version), 0)).where(here)
    if connection.scalar(version) != row.version - 1:
        return False
    connection.execute(delete(t.installations).where(here))
    connection.execute(insert(t.installations), t.values(row))
    return True


@apply.register
def _drop_installation(change: r.DropInstallation, connection: Connection) -> bool:
    here = t.installations.c.workspace == change.workspace
    this = delete(t.installations).where(here, t.installations.c.version == change.version)
    return connection.execute(this).rowcount == 1


@apply.register
def _spend_ticket(change: r.SpendTicket, connection: Connection) -> bool:
    connection.execute(delete(t.tickets).where(t.tickets.c.until < change.now))
    return keep(connection, change.row, t.tickets.c.id)
