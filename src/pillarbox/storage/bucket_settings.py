"""The door to documents of buckets that only the operator sets, on the server's machine.

Synchronous, and good beside running servers: their caches are told before a method returns.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from pillarbox.model.objects import Bucket
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import buckets
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.generation import Generation
from pillarbox.storage.layout import Layout


class BucketSettings:
    """The documents of the buckets of a prepared data directory.

    Methods raise ValueError for a bucket that isn't there, and SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        """Raises OSError if the counter of the caches can't be opened."""
        layout = Layout(data_dir)
        self._catalog = Catalog(layout, durability)
        self._generation = Generation(layout.generation)

    def close(self) -> None:
        """Let go of the catalog."""
        self._generation.close()
        self._catalog.close()

    def document(self, name: str, kind: str) -> str | None:
        """A bucket's document of a kind, None if it has none."""
        with self._catalog.reading() as connection:
            return _bucket(connection, name).configs.get(kind)

    def set_document(self, name: str, kind: str, document: str | None) -> None:
        """Keep a document of a kind in place of the former; None removes it."""
        with (
            self._catalog.locked(),
            self._generation.changing(),
            self._catalog.transaction() as connection,
        ):
            bucket = _bucket(connection, name)
            if document is None:
                buckets.remove_config(connection, bucket, kind)
            else:
                buckets.set_config(connection, bucket, kind, document)


def _bucket(connection: Connection, name: str) -> Bucket:
    found = buckets.find_bucket(connection, name)
    if found is None:
        raise ValueError(f"there is no bucket {name!r}: see `pillarbox bucket list`")
    return found
