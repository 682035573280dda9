"""The desk: who could read it, its cases, its audit log, and what was set up in chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLE = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    """Make the tables of watches, cases, audit and setups."""
    op.create_table(
        "watches",
        sa.Column("desk", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(desk) = 16"),
        sa.Column("readers", sa.Integer),
        sa.Column("before", sa.Integer),
        sa.Column("reminded", sa.Text, nullable=False),
        **_TABLE,
    )
    op.create_table(
        "cases",
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("reports.id"), primary_key=True, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        **_TABLE,
    )
    moment = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "audit",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("workspace", "number"),
        **_TABLE,
    )
    op.create_table(
        "setups",
        sa.Column("workspace", sa.Text, primary_key=True, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
