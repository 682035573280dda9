"""Evidence: files under seal, and the commitments that a digest proves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    """Make the tables of attachments, leaves and trees."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("owner", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
    op.create_index("attachments_by_owner", "attachments", ["owner"])
    op.create_table(
        "leaves",
        sa.Column("leaf", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(leaf) = 32"),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        **_TABLE,
    )
    op.create_table(
        "trees",
        sa.Column("workspace", sa.Text, primary_key=True, nullable=False),
        sa.Column("week", sa.Text, primary_key=True, nullable=False),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
