"""Parts of unfinished uploads count as what their bucket holds; those that are there too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# `WHERE true` tells SQLite that ON is not one of a join.
_COUNT = """
INSERT INTO bucket_usage (bucket_id, shard, objects, bytes, part_bytes)
SELECT multipart_uploads.bucket_id, 0, 0, SUM(parts.size), SUM(parts.size)
FROM multipart_uploads JOIN parts ON parts.upload_id = multipart_uploads.id
WHERE true
GROUP BY multipart_uploads.bucket_id
ON CONFLICT (bucket_id, shard) DO UPDATE SET
bytes = bucket_usage.bytes + excluded.bytes, part_bytes = excluded.part_bytes
"""


def upgrade() -> None:
    op.add_column(
        "bucket_usage",
        sa.Column("part_bytes", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(_COUNT)
