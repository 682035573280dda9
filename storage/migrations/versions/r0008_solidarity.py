"""How people stand with a statement: a mark of it beside each voice, and what a desk may see of all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the marks to voices, and make the table of supports."""
    for name in ("grade", "graded"):
        op.add_column("voices", sa.Column(name, sa.LargeBinary, nullable=True))
    op.create_table(
        "supports",
        sa.Column("window", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
