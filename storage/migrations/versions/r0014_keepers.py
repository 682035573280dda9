"""What tells a keeper's key, kept beyond what is held; and whom the reports of a match named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of keepers, and add to matches."""
    op.create_table(
        "keepers",
        sa.Column("workspace", sa.Text, primary_key=True, nullable=False),
        sa.Column("known", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.add_column("matches", sa.Column("named", sa.LargeBinary))
