"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _create(name: str, *parts: Any) -> None:
    op.create_table(name, *parts, sqlite_with_rowid=False, sqlite_strict=True)


def _column(name: str, kind: Any, *, key: bool = False, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=key, nullable=empty)


def _bytes(*names: str) -> list[sa.Column[Any]]:
    return [_column(each, sa.LargeBinary) for each in names]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_column(each, sa.Text) for each in names]


def _id() -> list[Any]:
    return [_column("id", sa.LargeBinary, key=True), sa.CheckConstraint("length(id) = 16")]


def upgrade() -> None:
    """Every table of the first version."""
    _set_up()
    _reports()
    _posting()
    _counting()


def _set_up() -> None:
    _create("keys", *_id(), *_texts("purpose"), *_bytes("wrapped"), sa.UniqueConstraint("purpose"))
    _create("workspaces", _column("id", sa.Text, key=True), _column("since", _MOMENT))
    _create(
        "desks",
        *_id(),
        *_texts("workspace", "channel"),
        *_bytes("public", "private"),
        sa.UniqueConstraint("workspace", "channel"),
    )


def _reports() -> None:
    _create("drafts", *_id(), *_bytes("sealed"), _column("sweeps", sa.Integer))
    _create(
        "reports",
        *_id(),
        *_texts("workspace", "week"),
        *_bytes("routing", "body", "locator", "mailbox"),
        *_texts("expires"),
        _column("desk", sa.LargeBinary, empty=True),
        _column("delivered", _MOMENT, empty=True),
        _column("opened", _MOMENT, empty=True),
        sa.UniqueConstraint("locator"),
    )
    op.create_index("reports_by_week", "reports", ["workspace", "week"])
    _create(
        "report_keys",
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("reports.id"), primary_key=True),
        _column("holder", sa.LargeBinary, key=True),
        *_bytes("wrapped"),
        sa.CheckConstraint("length(holder) = 16"),
    )


def _posting() -> None:
    _create(
        "outbox", *_id(), *_texts("kind"), *_bytes("subject"), *_texts("workspace"), _column("due", _MOMENT)
    )
    op.create_index("outbox_by_due", "outbox", ["due"])
    _create(
        "posts",
        *_id(),
        *_texts("kind"),
        *_bytes("subject"),
        *_texts("workspace", "channel", "ref"),
        *_bytes("shown"),
    )
    op.create_index("posts_by_subject", "posts", ["subject", "kind"])
    _create("digests", *_id(), *_texts("workspace", "week"), *_bytes("numbers"), _one_a_week())


def _one_a_week() -> sa.UniqueConstraint:
    return sa.UniqueConstraint("workspace", "week")


def _counting() -> None:
    _create(
        "windows",
        *_id(),
        *_texts("workspace", "kind"),
        *_bytes("subject", "secret"),
        _column("opens", _MOMENT),
        _column("closes", _MOMENT),
        _column("shown", sa.Integer),
        *_bytes("about"),
    )
    op.create_index("windows_by_subject", "windows", ["subject", "kind"])
    is_open = sa.text("length(secret) > 0")
    op.create_index(
        "windows_open",
        "windows",
        ["subject", "kind"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    _create(
        "voices",
        _column("window", sa.LargeBinary, key=True),
        _column("token", sa.LargeBinary, key=True),
        _column("value", sa.Integer),
        _column("shown", sa.Integer),
        _column("moved", sa.Integer),
    )
    _create(
        "counters",
        *(_column(each, sa.Text, key=True) for each in ("workspace", "kind", "week")),
        _column("sum", sa.Integer),
    )
