"""Parts keep the checksum that they came with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parts", sa.Column("checksum", sa.String(), nullable=True))
