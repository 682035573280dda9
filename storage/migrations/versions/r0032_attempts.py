"""Each connection that writes to PostgreSQL says in a row of its own which of its transactions was the last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of attempts."""
    op.create_table(
        "attempts",
        sa.Column("session", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("nth", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.CheckConstraint("length(session) = 16"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
