"""How what is written takes the place of the current version of its key.

OSS: "Manage objects in a versioning-enabled bucket" and "... versioning-suspended bucket". Where a
bucket never kept versions the current one is gone. Where it keeps them the current one stays among
the others. Where that is suspended a version without an id is written, and the one that had none,
wherever among the versions it is, is gone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from pillarbox.model.objects import Digests, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.versioning import Versioning
from pillarbox.storage import clock
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog import version_statements as versions
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.rows import object_row
from pillarbox.storage.catalog.standing import Standing, noncurrent_version


@dataclass(frozen=True, slots=True)
class Succession:
    """What happens to the versions of a key when another is written.

    Attributes:
        replaced: the version that is then gone, None for none.
        sequence: of `replaced` among the noncurrent versions, None if it is the current one.
        version_id: of the version to be written, None for the null version.
    """

    bucket_id: int
    key: bytes
    versioning: Versioning
    replaced: Standing | None
    sequence: int | None
    version_id: str | None

    def growth(self, written: Usage) -> Usage:
        """What the bucket grows by.

        Args:
            written: what the new version counts for.
        """
        return written if self.replaced is None else written - self.replaced.usage

    def write_object(self, cursor: Any, stored: StoredObject, spec: ObjectSpec) -> None:
        """Make an object the current version of its key; see `write`.

        Args:
            stored: what it will be.
            spec: of the same object.
        """
        row = object_row(
            stored.bucket_id,
            spec,
            stored.owner_id,
            Digests(stored.size, stored.md5, stored.crc64),
            stored.blob_id,
            stored.modified_ms,
            etag=stored.etag,
            object_type=stored.object_type,
            version_id=stored.version_id,
        )
        self.write(cursor, row, stored.modified_ms)

    def write(self, cursor: Any, row: tuple[Any, ...], now_ms: int) -> None:
        """Write a row of `objects` as the current version, by a cursor of the driver.

        The one before is kept, if it is to be kept; the bytes of what is replaced are released.
        """
        self._make_way(cursor, now_ms)
        statements.write_rows(cursor.execute, statements.PUT_OBJECTS, [row])
        if self.replaced is not None and self.replaced.blob_id is not None:
            release(cursor.execute, [self.replaced.blob_id], now_ms)

    def _make_way(self, cursor: Any, now_ms: int) -> None:
        if self.versioning is Versioning.ENABLED:
            cursor.execute(versions.ARCHIVE, (now_ms, self.bucket_id, self.key))
        elif self.versioning is Versioning.SUSPENDED:
            if self.sequence is not None:
                place = (self.bucket_id, self.key, self.sequence)
                cursor.execute(versions.DELETE_NONCURRENT, place)
            cursor.execute(versions.ARCHIVE_NAMED, (now_ms, self.bucket_id, self.key))


def succession(
    cursor: Any, bucket_id: int, key: bytes, versioning: Versioning, current: Standing | None
) -> Succession:
    """What will happen to the versions of a key, by a cursor of the driver.

    Args:
        versioning: of the bucket, as the transaction sees it.
        current: the version that is the current one.
    """
    if versioning is Versioning.ENABLED:
        return Succession(bucket_id, key, versioning, None, None, new_version_id())
    is_replaced = current is not None and current.version_id is None
    replaced, sequence = (current, None) if is_replaced else (None, None)
    if versioning is Versioning.SUSPENDED and not is_replaced:
        found = noncurrent_version(cursor, bucket_id, key, None)
        if found is not None:
            replaced, sequence = found
    return Succession(bucket_id, key, versioning, replaced, sequence, None)


def promote_youngest(cursor: Any, bucket_id: int, key: bytes) -> None:
    """Make the youngest other version, if there is one, the current one of a key that has none."""
    cursor.execute(versions.PROMOTE, (bucket_id, key))
    cursor.execute(versions.DELETE_YOUNGEST, (bucket_id, key) * 2)


def new_version_id() -> str:
    """An id that no other version has: 64 bits of the time in nanoseconds, 64 of randomness.

    One transaction after the other writes versions, so the ids of a key are in their order.
    """
    return f"{clock.now_ns():016X}{secrets.token_hex(8).upper()}"
