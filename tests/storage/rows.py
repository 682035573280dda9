"""Rows as the core would write them, with random ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

from bot import records as r

HERE = "slack:T0123"
ELSEWHERE = "discord:42"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def new_id() -> bytes:
    return token_bytes(16)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def draft(sealed: bytes = b"sealed") -> r.DraftRow:
    return r.DraftRow(new_id(), sealed)


def desk(channel: str = "C0HR", workspace: str = HERE) -> r.DeskRow:
    return r.DeskRow(new_id(), workspace, channel, b"public", b"private")


def waiting(due: float = 0, kind: str = "report") -> r.OutboxRow:
    return r.OutboxRow(new_id(), kind, new_id(), HERE, at(due))


def post(subject: bytes, kind: str = "card") -> r.PostRow:
    return r.PostRow(new_id(), kind, subject, HERE, "C0HR", "1700000000.000100", b"shown")


def report(week: str = "2026-W48", workspace: str = HERE, body: bytes = b"body") -> r.ReportRow:
    return r.ReportRow(new_id(), workspace, week, b"routing", body, new_id(), b"mailbox", "2028-11")


def filing(row: r.ReportRow) -> r.FileReport:
    keys = (r.ReportKeyRow(row.id, row.id, b"mine"), r.ReportKeyRow(row.id, new_id(), b"the desk's"))
    return r.FileReport(row, keys, replace(waiting(), subject=row.id))


def delivered(row: r.ReportRow | None = None) -> r.ReportRow:
    """A report that a desk has, has opened, looks into and has closed."""
    return replace(
        row or report(), desk=new_id(), delivered=at(1), opened=at(2), reviewing=at(3), closed=at(4)
    )


def message(
    report: bytes, side: str = "reporter", when: datetime | None = None, body: bytes = b"said"
) -> r.MessageRow:
    return r.MessageRow(new_id(), report, side, "2026-W48", body, when)


def about(subject: bytes, kind: str = "note", due: float = 0) -> r.OutboxRow:
    return replace(waiting(due, kind), subject=subject)


def wall(workspace: str = HERE) -> r.WindowRow:
    window = new_id()
    return r.WindowRow(window, workspace, "wall", window, b"secret", NOON, at(60), about=b"about")


def statement(subject: bytes, workspace: str = HERE) -> r.WindowRow:
    return r.WindowRow(new_id(), workspace, "statement", subject, b"secret", NOON, at(60))


def digest(week: str = "2026-W48", workspace: str = HERE) -> r.DecideDigest:
    row = r.DigestRow(new_id(), workspace, week, b"numbers")
    return r.DecideDigest(row, replace(waiting(kind="digest"), subject=row.id))
