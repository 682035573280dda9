"""Generations of server keys, and inboxes under lock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLE = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    """Make the table of keys anew, with what was in it, and the table of locks."""
    connection = op.get_bind()
    kept = [tuple(row) for row in connection.execute(sa.text("SELECT id, purpose, wrapped FROM keys"))]
    op.drop_table("keys")
    keys = op.create_table(
        "keys",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False, server_default="1"),
        sa.UniqueConstraint("purpose", "generation"),
        **_TABLE,
    )
    rows = [{"id": row, "purpose": what, "wrapped": key, "generation": 1} for row, what, key in kept]
    if rows:
        op.bulk_insert(keys, rows)
    op.create_table(
        "locks",
        sa.Column("id", sa.LargeBinary, primary_key=True, nullable=False),
        sa.CheckConstraint("length(id) = 16"),
        sa.Column("desk", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        **_TABLE,
    )
    op.create_index("locks_by_desk", "locks", ["desk"])
