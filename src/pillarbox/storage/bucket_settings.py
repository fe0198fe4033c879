"""The door to documents of buckets that only the operator sets, on the server's machine.

Synchronous, and good beside running servers: their caches are told before a method returns.
"""

from __future__ import annotations

from pathlib import Path

from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import buckets
from pillarbox.storage.control import Control, existing_bucket


class BucketSettings:
    """The documents of the buckets of a prepared data directory.

    Methods raise ValueError for a bucket that isn't there, and SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        """Raises OSError if the counter of the caches can't be opened."""
        self._control = Control(data_dir, durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._control.close()

    def document(self, name: str, kind: str) -> str | None:
        """A bucket's document of a kind, None if it has none."""
        with self._control.reading() as connection:
            return existing_bucket(connection, name).configs.get(kind)

    def set_document(self, name: str, kind: str, document: str | None) -> None:
        """Keep a document of a kind in place of the former; None removes it."""
        with self._control.changing() as connection:
            bucket = existing_bucket(connection, name)
            if document is None:
                buckets.remove_config(connection, bucket, kind)
            else:
                buckets.set_config(connection, bucket, kind, document)
