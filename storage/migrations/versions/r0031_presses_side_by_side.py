"""Rows of the journal are named by the transaction that wrote them, where several processes write beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the number of a transaction; SQLite has it."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("presses", "nth", type_=sa.BigInteger)
        op.execute("ALTER TABLE presses ALTER COLUMN voices SET STORAGE EXTERNAL")
