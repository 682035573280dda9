"""The week in which a key of the server was made, so that its age can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to keys; of those that are there it is not known."""
    op.add_column("keys", sa.Column("made", sa.Text, nullable=False, server_default=""))
