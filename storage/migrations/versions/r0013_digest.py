"""The digest: what HR writes for a week, and how much of a window the counters with noise contain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to windows, and make the table of remarks."""
    op.add_column("windows", sa.Column("counted", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "remarks",
        sa.Column("workspace", sa.Text, primary_key=True, nullable=False),
        sa.Column("week", sa.Text, primary_key=True, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
