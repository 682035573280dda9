"""Escrow: what is held, its shares, and matches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLE = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    """Make the tables of what is held, of shares and of matches."""
    op.add_column("reports", sa.Column("quiet", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "held",
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("reports.id"), primary_key=True, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("k", sa.Integer, nullable=False),
        sa.Column("keeper", sa.LargeBinary, nullable=False),
        sa.Column("routing", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
    op.create_index("held_by_tag", "held", ["tag"])
    op.create_index("held_by_workspace", "held", ["workspace"])
    op.create_table(
        "shares",
        sa.Column("report", sa.LargeBinary, sa.ForeignKey("held.report"), primary_key=True, nullable=False),
        sa.Column("holder", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(holder) = 16"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
    op.create_table(
        "matches",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("desk", sa.LargeBinary),
        sa.Column("opening", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tag"),
        **_TABLE,
    )
