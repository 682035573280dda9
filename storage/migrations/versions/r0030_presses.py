"""Presses wait in a journal until they are counted, so that each costs the same however many there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of presses."""
    op.create_table(
        "presses",
        sa.Column("nth", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("voices", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
