"""The tables, once for every database; `bot.records` says what their rows mean."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)

from bot import records
from storage.columns import METADATA, Moment, big, identity, moment, number, octets, table, text

__all__ = ["METADATA", "TABLES", "Moment", "columns", "values"]

keys = table(
    "keys",
    *identity(),
    text("purpose"),
    octets("wrapped"),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("made", Text, nullable=False, server_default=""),
    UniqueConstraint("purpose", "generation"),
)

workspaces = table("workspaces", text("id", key=True), moment("since"))

desks = table(
    "desks",
    *identity(),
    text("workspace"),
    text("channel"),
    octets("public"),
    octets("private"),
    UniqueConstraint("workspace", "channel"),
)

locks = table("locks", *identity(), octets("desk"), octets("sealed"))
Index("locks_by_desk", locks.c.desk)

drafts = table("drafts", *identity(), octets("sealed"), number("sweeps"))

reports = table(
    "reports",
    *identity(),
    text("workspace"),
    text("week"),
    octets("routing"),
    octets("body"),
    octets("locator"),
    octets("mailbox"),
    text("expires"),
    Column("desk", LargeBinary),
    moment("delivered", known=False),
    moment("opened", known=False),
    Column("stage", Text, nullable=False, server_default="sent"),
    moment("reviewing", known=False),
    moment("closed", known=False),
    moment("held", known=False),
    Column("quiet", Text, nullable=False, server_default=""),
    UniqueConstraint("locator"),
)
Index("reports_by_week", reports.c.workspace, reports.c.week)

report_keys = table(
    "report_keys",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    *identity("holder"),
    octets("wrapped"),
)

messages = table(
    "messages",
    *identity(),
    Column("report", LargeBinary, ForeignKey("reports.id"), nullable=False),
    text("side"),
    text("week"),
    octets("body"),
    moment("at", known=False),
    number("number"),
    UniqueConstraint("report", "number"),
)

outbox = table("outbox", *identity(), text("kind"), octets("subject"), text("workspace"), moment("due"))
Index("outbox_by_due", outbox.c.due)

posts = table(
    "posts",
    *identity(),
    text("kind"),
    octets("subject"),
    text("workspace"),
    text("channel"),
    text("ref"),
    octets("shown"),
)
Index("posts_by_subject", posts.c.subject, posts.c.kind)

windows = table(
    "windows",
    *identity(),
    text("workspace"),
    text("kind"),
    octets("subject"),
    octets("secret"),
    moment("opens"),
    moment("closes"),
    number("shown"),
    octets("about"),
    # What weekly counters with noise contain of it.
    Column("counted", Integer, nullable=False, server_default="0"),
)
Index("windows_by_subject", windows.c.subject, windows.c.kind)

_NONE: ColumnElement[int] = literal_column("0")  # a parameter would keep SQLite from using the index below

OPEN: ColumnElement[bool] = func.length(windows.c.secret) > _NONE
"""Whether a window is open: closing it empties its secret."""

Index(
    "windows_open",
    windows.c.subject,
    windows.c.kind,
    unique=True,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)

voices = table(
    "voices",
    Column("window", LargeBinary, primary_key=True),
    Column("token", LargeBinary, primary_key=True),
    number("value"),  # 1 stands, 0 has taken back
    number("shown"),  # what of it the window's shown count contains
    number("moved"),  # 1 once it was among the voices that moved the count: it does not move it again
    Column("grade", LargeBinary),  # how somebody stands, as a mark that only the window's secret explains
    Column("graded", LargeBinary),  # the mark of how the numbers by grade contain it
)

supports = table("supports", Column("window", LargeBinary, primary_key=True), octets("sealed"))

counters = table(
    "counters", text("workspace", key=True), text("kind", key=True), text("week", key=True), number("sum")
)

digests = table(
    "digests",
    *identity(),
    text("workspace"),
    text("week"),
    octets("numbers"),
    UniqueConstraint("workspace", "week"),
)

remarks = table("remarks", text("workspace", key=True), text("week", key=True), octets("sealed"))
attachments = table("attachments", *identity(), octets("owner"), octets("sealed"))
Index("attachments_by_owner", attachments.c.owner)

leaves = table(
    "leaves",
    Column("leaf", LargeBinary, primary_key=True),
    CheckConstraint("length(leaf) = 32"),
    text("workspace"),
    text("week"),
)

trees = table("trees", text("workspace", key=True), text("week", key=True), octets("leaves"))

watches = table(
    "watches",
    *identity("desk"),
    Column("readers", Integer),
    Column("before", Integer),
    text("reminded"),
)

cases = table(
    "cases",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    octets("sealed"),
    number("version"),
)

audit = table(
    "audit",
    *identity(),
    text("workspace"),
    moment("at"),
    octets("sealed"),
    octets("digest"),
    number("number"),
    octets("head"),
    UniqueConstraint("workspace", "number"),
)

setups = table("setups", text("workspace", key=True), octets("sealed"))
chosen = table("chosen", text("workspace", key=True), octets("sealed"), number("version"))
endings = table(
    "endings",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    moment("seen"),
    moment("due"),
    moment("warned", known=False),
)

upkeep = table("upkeep", text("name", key=True), moment("at"))
erasures = table("erasures", *identity("mark"))
held = table(
    "held",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    text("workspace"),
    octets("tag"),
    octets("mark"),
    number("k"),
    octets("keeper"),
    octets("routing"),
)
Index("held_by_tag", held.c.tag)
Index("held_by_workspace", held.c.workspace)

shares = table(
    "shares",
    Column("report", LargeBinary, ForeignKey("held.report"), primary_key=True),
    *identity("holder"),
    octets("sealed"),
)

matches = table(
    "matches",
    *identity(),
    text("workspace"),
    octets("tag"),
    octets("key"),
    Column("desk", LargeBinary),
    octets("opening"),
    Column("named", LargeBinary),
    UniqueConstraint("tag"),
)

keepers = table("keepers", text("workspace", key=True), octets("known"))
installations = table("installations", text("workspace", key=True), octets("sealed"), number("version"))
tickets = table("tickets", *identity(), moment("until"))
attempts = table("attempts", *identity("session"), big("nth"))

TABLES: dict[type, Table] = {
    records.KeyRow: keys,
    records.WorkspaceRow: workspaces,
    records.DeskRow: desks,
    records.LockRow: locks,
    records.DraftRow: drafts,
    records.ReportRow: reports,
    records.ReportKeyRow: report_keys,
    records.MessageRow: messages,
    records.OutboxRow: outbox,
    records.PostRow: posts,
    records.WindowRow: windows,
    records.DigestRow: digests,
    records.AttachmentRow: attachments,
    records.LeafRow: leaves,
    records.TreeRow: trees,
    records.WatchRow: watches,
    records.CaseRow: cases,
    records.AuditRow: audit,
    records.SetupRow: setups,
    records.RemarkRow: remarks,
    records.ChosenRow: chosen,
    records.SupportRow: supports,
    records.EndingRow: endings,
    records.UpkeepRow: upkeep,
    records.ErasureRow: erasures,
    records.HeldRow: held,
    records.ShareRow: shares,
    records.MatchRow: matches,
    records.KeeperRow: keepers,
    records.InstallationRow: installations,
    records.TicketRow: tickets,
}
"""Where the rows of each class are; fields and columns have the same names."""


def columns(kind: type) -> list[Column[Any]]:
    """The columns that hold the fields of a row class, in the order of its fields."""
    return [TABLES[kind].c[each.name] for each in fields(kind)]


def values(row: Any) -> dict[str, Any]:
    """A row as values by column."""
    return {each.name: getattr(row, each.name) for each in fields(row)}
