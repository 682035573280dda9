"""Retention: when closed reports end, how far that has come, and what was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLE = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    """Make the tables of endings, upkeep and erasures."""
    op.create_table(
        "endings",
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("reports.id"), primary_key=True, nullable=False),
        sa.Column("seen", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("warned", _MOMENT, nullable=True),
        **_TABLE,
    )
    op.create_table(
        "upkeep",
        sa.Column("name", sa.Text, primary_key=True, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        **_TABLE,
    )
    op.create_table(
        "erasures",
        sa.Column("mark", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(mark) = 16"),
        **_TABLE,
    )
