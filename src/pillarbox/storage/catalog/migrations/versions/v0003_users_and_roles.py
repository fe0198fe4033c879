"""Users and roles of accounts, what is attached to them, and bounds on objects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roles",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("max_session_seconds", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attached_policies",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("holder_kind", sa.String(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "holder_kind", "holder_name", "name"),
        sqlite_with_rowid=False,
    )
    op.add_column("accounts", sa.Column("quota_objects", sa.BigInteger(), nullable=True))
    op.add_column("access_keys", sa.Column("user_name", sa.String(), nullable=True))
