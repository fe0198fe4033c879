"""AppendObject in the catalog: an object that is a list of blobs, and grows by one.

What an append adds is durable before; whether it is added is decided in the transaction that it is
given, so of two at one position one wins. Refusals are raised before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from pillarbox.model.acl import WriteRule
from pillarbox.model.appending import appended_etag, check_position
from pillarbox.model.crc import CRC64_XZ
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import Bucket, Digests, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.storage import clock
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.catalog import append_statements, statements
from pillarbox.storage.catalog.gathered_pieces import gather
from pillarbox.storage.catalog.objects import find_object
from pillarbox.storage.catalog.quotas import hold_to_quotas
from pillarbox.storage.catalog.rows import signed
from pillarbox.storage.catalog.standing import (
    as_object,
    ask_write_rule,
    bucket_state,
    check_overwrite,
    count_usage,
    current_version,
)
from pillarbox.storage.catalog.succession import Succession, succession


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Bytes that are safe, about to be added to an object.

    Attributes:
        spec: of the object, if these are its first bytes.
        position: where they shall begin.
        blob_id: None if there are none.
        inline: the bytes if the catalog is to keep them.
        write_rule: asked whether the writer still may; None for who always may.
    """

    bucket: Bucket
    spec: ObjectSpec
    owner_id: str
    position: int
    digests: Digests
    blob_id: str | None
    inline: bytes | bytearray | None
    write_rule: WriteRule | None


def append_object(connection: Connection, append: Append, ids: BlobIds) -> StoredObject:
    """Add bytes to the end of an object, or make it of them; the object as it then is.

    Where versions are kept, the current version grows and no other comes to be; a new one does
    where none is current or a delete marker is (OSS: "AppendObject", versioning).

    Refusals: `NoSuchBucket`, what the write rule raises, `FileAlreadyExists` for first bytes where
    there is an object and the spec forbids to overwrite it, those of `check_position`,
    `QuotaExceeded`.
    """
    cursor = connection.connection.cursor()
    bucket, key = append.bucket, append.spec.key
    state = bucket_state(cursor, bucket)
    current = current_version(cursor, bucket.id, key)
    standing = as_object(current)
    ask_write_rule(append.write_rule, state.acl, standing)
    if append.position == 0:
        check_overwrite(append.spec, standing, state.versioning)
    before = find_object(cursor, bucket.id, key)
    if before is None:
        check_position(append.position, None, 0)
        return _create(
            connection, append, ids, succession(cursor, bucket.id, key, state.versioning, current)
        )
    check_position(append.position, before.object_type, before.size)
    return _extend(connection, append, ids, before)


def _create(
    connection: Connection, append: Append, ids: BlobIds, following: Succession
) -> StoredObject:
    cursor = connection.connection.cursor()
    bucket, spec = append.bucket, append.spec
    more = following.growth(Usage(append.digests.size, 1))
    hold_to_quotas(connection, bucket.id, more)
    now_ms = clock.now_ms()
    stored = StoredObject.of(
        spec,
        bucket_id=bucket.id,
        owner_id=append.owner_id,
        blob_id=_add_piece(cursor, append, None, ids),
        size=append.digests.size,
        etag=appended_etag(None, append.digests.md5),
        md5=b"",  # nobody will have read all bytes in a row
        crc64=append.digests.crc64,
        modified_ms=now_ms,
        object_type=ObjectType.APPENDABLE,
        version_id=following.version_id,
    )
    following.write_object(cursor, stored, spec)
    count_usage(connection, bucket.id, more)
    return stored


def _extend(
    connection: Connection, append: Append, ids: BlobIds, before: StoredObject
) -> StoredObject:
    cursor = connection.connection.cursor()
    added = append.digests
    more = Usage(added.size)
    hold_to_quotas(connection, before.bucket_id, more)
    stored = replace(
        before,
        blob_id=_add_piece(cursor, append, before.blob_id, ids),
        size=before.size + added.size,
        etag=appended_etag(before.etag, added.md5),
        crc64=CRC64_XZ.combined(before.crc64, added.crc64, added.size),
        modified_ms=clock.now_ms(),
    )
    cursor.execute(
        append_statements.EXTEND,
        (
            stored.blob_id,
            stored.size,
            stored.etag,
            signed(stored.crc64),
            stored.modified_ms,
            stored.bucket_id,
            stored.key,
        ),
    )
    count_usage(connection, before.bucket_id, more)
    return stored


def _add_piece(cursor: Any, append: Append, list_id: str | None, ids: BlobIds) -> str | None:
    """Put the bytes at the end of a list, or of a new one for None; its id, None if it is empty."""
    if append.blob_id is None:
        return list_id
    list_id = list_id or ids.composite()
    last = cursor.execute(append_statements.LAST_PIECES, (list_id, 1)).fetchone()
    position = 0 if last is None else last[0] + 1
    piece = (list_id, position, append.blob_id, append.digests.size)
    statements.write_rows(cursor.execute, statements.PUT_PIECES, [piece])
    if append.inline is not None:
        cursor.execute(statements.PUT_INLINE[1], (append.blob_id, append.inline))
        gather(cursor, list_id, ids)
    return list_id
