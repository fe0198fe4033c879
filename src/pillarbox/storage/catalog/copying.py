"""Copying an object within the catalog: the copy names the same bytes.

A file blob is shared; inline bytes, which are few, are doubled, so that they always belong to one
row. A list of blobs is doubled as a list. A symbolic link is copied as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from pillarbox.model.acl import WriteRule
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.storage import clock
from pillarbox.storage.blobs.blob_id import BlobIds, is_composite, is_inline
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.objects import find_version, inline_bytes
from pillarbox.storage.catalog.quotas import hold_to_quotas
from pillarbox.storage.catalog.standing import (
    as_object,
    ask_write_rule,
    bucket_state,
    check_overwrite,
    count_usage,
    current_version,
)
from pillarbox.storage.catalog.succession import succession


def copy_object(
    connection: Connection,
    source: StoredObject,
    bucket: Bucket,
    spec: ObjectSpec,
    owner_id: str,
    ids: BlobIds,
    write_rule: WriteRule | None,
) -> StoredObject | None:
    """Put a copy of `source` under `spec.key`; None if the source is no longer what it was.

    The bytes are the same, and so is their checksum, unless `spec` has one.

    Raises:
        Refusal: `NoSuchBucket`, `FileAlreadyExists` if the key is taken and
            `spec.forbid_overwrite`, `QuotaExceeded`, and what `write_rule` and `spec.condition`
            raise.
    """
    cursor = connection.connection.cursor()
    state = bucket_state(cursor, bucket)
    standing = current_version(cursor, bucket.id, spec.key)
    ask_write_rule(write_rule, state.acl, as_object(standing))
    check_overwrite(spec, as_object(standing), state.versioning)
    current = find_version(cursor, source.bucket_id, source.key, source.version_id)
    if current is None or _identity(current) != _identity(source):
        return None
    following = succession(cursor, bucket.id, spec.key, state.versioning, standing)
    more = following.growth(Usage(current.size, 1))
    hold_to_quotas(connection, bucket.id, more)
    now_ms = clock.now_ms()
    spec = replace(
        spec,
        checksum=spec.checksum or current.checksum,
        symlink_target=current.symlink_target,
    )
    copy = replace(
        current,
        bucket_id=bucket.id,
        key=spec.key,
        blob_id=_same_bytes(cursor, current.blob_id, ids),
        modified_ms=now_ms,
        headers=spec.headers,
        acl=spec.acl,
        owner_id=owner_id,
        tags=spec.tags,
        storage_class=spec.storage_class,
        encryption=spec.encryption,
        checksum=spec.checksum,
        version_id=following.version_id,
        inline=None,
    )
    following.write_object(cursor, copy, spec)
    count_usage(connection, bucket.id, more)
    return copy


def _identity(stored: StoredObject) -> tuple[Any, ...]:
    """What differs after any change that a decision about the object may rest on."""
    return (
        stored.blob_id,
        stored.modified_ms,
        stored.etag,
        stored.acl,
        stored.headers,
        dict(stored.tags),
    )


def _same_bytes(cursor: Any, blob_id: str | None, ids: BlobIds) -> str | None:
    """A blob id for another row that has the same bytes."""
    if blob_id is None:
        return None
    if is_inline(blob_id):
        content = inline_bytes(cursor, blob_id)
        assert content is not None, blob_id
        doubled = ids.inline()
        cursor.execute(statements.PUT_INLINE[1], (doubled, content))
        return doubled
    if not is_composite(blob_id):
        return blob_id
    pieces: Sequence[tuple[str, int]] = cursor.execute(statements.PIECES, (blob_id,)).fetchall()
    list_id = ids.composite()
    copies = [
        (list_id, position, _same_bytes(cursor, piece, ids), size)
        for position, (piece, size) in enumerate(pieces)
    ]
    statements.write_rows(cursor.execute, statements.PUT_PIECES, copies)
    return list_id
