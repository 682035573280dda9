"""The way back: what a writer wants of a report, what a desk did about it, and their conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add to reports, and make the table of messages."""
    op.add_column("reports", sa.Column("stage", sa.Text, nullable=False, server_default="sent"))
    for name in ("reviewing", "closed", "held"):
        op.add_column("reports", sa.Column(name, _MOMENT, nullable=True))
    op.create_table(
        "messages",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("reports.id"), nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", _MOMENT, nullable=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.UniqueConstraint("report", "number"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
