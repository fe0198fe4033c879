"""Versions of objects are found by their ids, and current delete markers by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "noncurrent_versions",
        sa.Column("noncurrent_ms", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_index(
        "noncurrent_versions_version_id", "noncurrent_versions", ["bucket_id", "key", "version_id"]
    )
    op.create_index(
        "objects_delete_markers",
        "objects",
        ["bucket_id", "key"],
        sqlite_where=sa.text("delete_marker"),
        postgresql_where=sa.text("delete_marker"),
    )
