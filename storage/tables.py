"""The tables, once for every database; `bot.records` says what their rows mean."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    literal_column,
)
from sqlalchemy.schema import SchemaItem

from bot import records


class Moment(TypeDecorator[datetime]):
    """A moment as whole UTC seconds, rounded down."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - theirs
        """Seconds since 1970; a moment without a time zone is refused, because it would be guessed."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        """The moment in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


METADATA = MetaData()


def _table(name: str, *parts: SchemaItem) -> Table:
    # Without a rowid nothing numbers the rows in the order in which they were written. STRICT refuses a
    # text where sealed bytes belong.
    return Table(name, METADATA, *parts, sqlite_with_rowid=False, sqlite_strict=True)


def _id(name: str = "id") -> tuple[Column[bytes], CheckConstraint]:
    return Column(name, LargeBinary, primary_key=True), CheckConstraint(f"length({name}) = 16")


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _moment(name: str, *, known: bool = True) -> Column[datetime]:
    return Column(name, Moment, nullable=not known)


keys = _table(
    "keys",
    *_id(),
    _text("purpose"),
    _bytes("wrapped"),
    Column("generation", Integer, nullable=False, server_default="1"),
    UniqueConstraint("purpose", "generation"),
)

workspaces = _table("workspaces", _text("id", key=True), _moment("since"))

desks = _table(
    "desks",
    *_id(),
    _text("workspace"),
    _text("channel"),
    _bytes("public"),
    _bytes("private"),
    UniqueConstraint("workspace", "channel"),
)

locks = _table("locks", *_id(), _bytes("desk"), _bytes("sealed"))
Index("locks_by_desk", locks.c.desk)

drafts = _table("drafts", *_id(), _bytes("sealed"), _number("sweeps"))

reports = _table(
    "reports",
    *_id(),
    _text("workspace"),
    _text("week"),
    _bytes("routing"),
    _bytes("body"),
    _bytes("locator"),
    _bytes("mailbox"),
    _text("expires"),
    Column("desk", LargeBinary),
    _moment("delivered", known=False),
    _moment("opened", known=False),
    Column("stage", Text, nullable=False, server_default="sent"),
    _moment("reviewing", known=False),
    _moment("closed", known=False),
    _moment("held", known=False),
    Column("quiet", Text, nullable=False, server_default=""),
    UniqueConstraint("locator"),
)
Index("reports_by_week", reports.c.workspace, reports.c.week)

report_keys = _table(
    "report_keys",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    *_id("holder"),
    _bytes("wrapped"),
)

messages = _table(
    "messages",
    *_id(),
    Column("report", LargeBinary, ForeignKey("reports.id"), nullable=False),
    _text("side"),
    _text("week"),
    _bytes("body"),
    _moment("at", known=False),
    _number("number"),
    UniqueConstraint("report", "number"),
)

outbox = _table("outbox", *_id(), _text("kind"), _bytes("subject"), _text("workspace"), _moment("due"))
Index("outbox_by_due", outbox.c.due)

posts = _table(
    "posts",
    *_id(),
    _text("kind"),
    _bytes("subject"),
    _text("workspace"),
    _text("channel"),
    _text("ref"),
    _bytes("shown"),
)
Index("posts_by_subject", posts.c.subject, posts.c.kind)

windows = _table(
    "windows",
    *_id(),
    _text("workspace"),
    _text("kind"),
    _bytes("subject"),
    _bytes("secret"),
    _moment("opens"),
    _moment("closes"),
    _number("shown"),
    _bytes("about"),
    Column(
        "counted", Integer, nullable=False, server_default="0"
    ),  # what weekly counters with noise contain of it
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

voices = _table(
    "voices",
    Column("window", LargeBinary, primary_key=True),
    Column("token", LargeBinary, primary_key=True),
    _number("value"),  # 1 stands, 0 has taken back
    _number("shown"),  # what of it the window's shown count contains
    _number("moved"),  # 1 once it was among the voices that moved the count: it does not move it again
    Column("grade", LargeBinary),  # how somebody stands, as a mark that only the window's secret explains
    Column("graded", LargeBinary),  # the mark of how the numbers by grade contain it
)

supports = _table("supports", Column("window", LargeBinary, primary_key=True), _bytes("sealed"))

counters = _table(
    "counters", _text("workspace", key=True), _text("kind", key=True), _text("week", key=True), _number("sum")
)

digests = _table(
    "digests",
    *_id(),
    _text("workspace"),
    _text("week"),
    _bytes("numbers"),
    UniqueConstraint("workspace", "week"),
)

remarks = _table("remarks", _text("workspace", key=True), _text("week", key=True), _bytes("sealed"))

attachments = _table("attachments", *_id(), _bytes("owner"), _bytes("sealed"))
Index("attachments_by_owner", attachments.c.owner)

leaves = _table(
    "leaves",
    Column("leaf", LargeBinary, primary_key=True),
    CheckConstraint("length(leaf) = 32"),
    _text("workspace"),
    _text("week"),
)

trees = _table("trees", _text("workspace", key=True), _text("week", key=True), _bytes("leaves"))

watches = _table(
    "watches",
    *_id("desk"),
    Column("readers", Integer),
    Column("before", Integer),
    _text("reminded"),
)

cases = _table(
    "cases",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    _bytes("sealed"),
    _number("version"),
)

audit = _table(
    "audit",
    *_id(),
    _text("workspace"),
    _moment("at"),
    _bytes("sealed"),
    _bytes("digest"),
    _number("number"),
    _bytes("head"),
    UniqueConstraint("workspace", "number"),
)

setups = _table("setups", _text("workspace", key=True), _bytes("sealed"))

chosen = _table("chosen", _text("workspace", key=True), _bytes("sealed"), _number("version"))
endings = _table(
    "endings",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    _moment("seen"),
    _moment("due"),
    _moment("warned", known=False),
)

upkeep = _table("upkeep", _text("name", key=True), _moment("at"))

erasures = _table("erasures", *_id("mark"))
held = _table(
    "held",
    Column("report", LargeBinary, ForeignKey("reports.id"), primary_key=True),
    _text("workspace"),
    _bytes("tag"),
    _bytes("mark"),
    _number("k"),
    _bytes("keeper"),
    _bytes("routing"),
)
Index("held_by_tag", held.c.tag)
Index("held_by_workspace", held.c.workspace)

shares = _table(
    "shares",
    Column("report", LargeBinary, ForeignKey("held.report"), primary_key=True),
    *_id("holder"),
    _bytes("sealed"),
)

matches = _table(
    "matches",
    *_id(),
    _text("workspace"),
    _bytes("tag"),
    _bytes("key"),
    Column("desk", LargeBinary),
    _bytes("opening"),
    UniqueConstraint("tag"),
)

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
}
"""Where the rows of each class are; fields and columns have the same names."""


def columns(kind: type) -> list[Column[Any]]:
    """The columns that hold the fields of a row class, in the order of its fields."""
    return [TABLES[kind].c[each.name] for each in fields(kind)]


def values(row: Any) -> dict[str, Any]:
    """A row as values by column."""
    return {each.name: getattr(row, each.name) for each in fields(row)}
