"""The door to quotas, for the operator on the server's machine.

Synchronous, and good beside running servers: the next upload is held to what was set.
"""

from __future__ import annotations

from pathlib import Path

from pillarbox.model.quotas import QUOTA, Quota, Usage, quota_document, read_quota_document
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import buckets, identities
from pillarbox.storage.catalog.quotas import account_usage, bucket_usage
from pillarbox.storage.control import Control, existing_account, existing_bucket


class Quotas:
    """The quotas of a prepared data directory, and what is held.

    Methods raise ValueError for an account or bucket that isn't there, and SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        """Raises OSError if the counter of the caches can't be opened."""
        self._control = Control(data_dir, durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._control.close()

    def of_account(self, account_id: str) -> tuple[Quota, Usage]:
        """What all buckets of an account may hold together, and what they hold."""
        with self._control.reading() as connection:
            account = existing_account(connection, account_id)
            used = account_usage(connection.connection.cursor(), account_id)
        return Quota(account.quota_bytes, account.quota_objects), used

    def set_for_account(self, account_id: str, quota: Quota) -> None:
        """Bound what all buckets of an account may hold together."""
        with self._control.changing() as connection:
            existing_account(connection, account_id)
            identities.change_account(
                connection, account_id, quota_bytes=quota.bytes, quota_objects=quota.objects
            )

    def of_bucket(self, name: str) -> tuple[Quota, Usage]:
        """What a bucket may hold, and what it holds."""
        with self._control.reading() as connection:
            bucket = existing_bucket(connection, name)
            used = bucket_usage(connection.connection.cursor(), bucket.id)
        return read_quota_document(bucket.configs.get(QUOTA)), used

    def set_for_bucket(self, name: str, quota: Quota) -> None:
        """Bound what a bucket may hold."""
        with self._control.changing() as connection:
            bucket = existing_bucket(connection, name)
            if quota.is_bound:
                buckets.set_config(connection, bucket, QUOTA, quota_document(quota))
            else:
                buckets.remove_config(connection, bucket, QUOTA)
