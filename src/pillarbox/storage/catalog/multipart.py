"""Multipart uploads in the catalog: their parts, and the object that they become.

Each function works in the transaction that it is given, and raises its refusals before it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from pillarbox.model.acl import WriteRule
from pillarbox.model.lifecycle import LIFECYCLE
from pillarbox.model.multipart import MultipartUpload, Part, WholeObject
from pillarbox.model.object_checksum import ChosenChecksum, ObjectChecksum
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import Bucket, Digests, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import NO_SUCH_UPLOAD
from pillarbox.storage import clock
from pillarbox.storage.catalog import rows, statements
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.outbox import WaitingCallback, put_callback
from pillarbox.storage.catalog.quotas import hold_to_quotas
from pillarbox.storage.catalog.schema import bucket_configs, multipart_uploads, parts
from pillarbox.storage.catalog.standing import (
    BucketState,
    as_object,
    ask_write_rule,
    bucket_state,
    check_overwrite,
    count_usage,
    current_version,
    standing_object,
)
from pillarbox.storage.catalog.succession import succession


def add_upload(
    connection: Connection,
    bucket: Bucket,
    upload_id: str,
    spec: ObjectSpec,
    owner_id: str,
    write_rule: WriteRule | None,
    checksum: ChosenChecksum | None,
) -> None:
    """Keep a new upload; refusals `NoSuchBucket` and what `write_rule` raises."""
    cursor = connection.connection.cursor()
    acl = bucket_state(cursor, bucket).acl
    ask_write_rule(write_rule, acl, standing_object(cursor, bucket.id, spec.key))
    connection.execute(
        insert(multipart_uploads).values(
            id=upload_id,
            bucket_id=bucket.id,
            key=spec.key,
            owner_id=owner_id,
            created_ms=clock.now_ms(),
            acl=str(spec.acl),
            storage_class=spec.storage_class,
            encryption=spec.encryption,
            attributes=rows.attributes_text(spec, checksum),
        )
    )


def find_upload(
    connection: Connection, bucket_id: int, key: bytes, upload_id: str
) -> MultipartUpload | None:
    """The upload of that id, if it is one of this key."""
    table = multipart_uploads.c
    found = select(multipart_uploads).where(
        table.id == upload_id, table.bucket_id == bucket_id, table.key == key
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else _upload(row)


def parts_of(
    cursor: Any, upload_id: str, *, after: int = 0, limit: int | None = None
) -> list[Part]:
    """The parts with numbers over `after`, in order, by a cursor of the driver."""
    found = cursor.execute(statements.PARTS, (upload_id, after, -1 if limit is None else limit))
    return [rows.part(row) for row in found]


def put_part(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    upload_id: str,
    number: int,
    digests: Digests,
    blob_id: str | None,
    inline: bytes | bytearray | None,
    write_rule: WriteRule | None,
    checksum: ObjectChecksum | None,
) -> Part:
    """Keep a part in place of one of its number. Its bytes count as the bucket's from now on.

    Refusals: `NoSuchUpload` if the upload was completed or aborted meanwhile, `QuotaExceeded`, and
    what `write_rule` raises.
    """
    cursor = connection.connection.cursor()
    _check_writable(connection, bucket, key, upload_id, write_rule)
    before = connection.execute(
        select(parts.c.blob_id, parts.c.size).where(
            parts.c.upload_id == upload_id, parts.c.number == number
        )
    ).one_or_none()
    more = Usage.of_parts(digests.size - (0 if before is None else before.size))
    hold_to_quotas(connection, bucket.id, more)
    now_ms = clock.now_ms()
    cursor.execute(
        statements.PUT_PART,
        (
            upload_id,
            number,
            blob_id,
            digests.size,
            digests.md5,
            rows.signed(digests.crc64),
            now_ms,
            rows.checksum_text(checksum),
        ),
    )
    if inline:
        cursor.execute(statements.PUT_INLINE[1], (blob_id, inline))
    if before is not None and before.blob_id is not None:
        release(cursor.execute, [before.blob_id], now_ms)
    count_usage(connection, bucket.id, more)
    return Part(number, blob_id, digests.size, digests.md5, digests.crc64, now_ms, checksum)


def complete_upload(
    connection: Connection,
    bucket: Bucket,
    upload: MultipartUpload,
    spec: ObjectSpec,
    whole: WholeObject,
    new_list_id: Callable[[], str],
    write_rule: WriteRule | None,
    callback: WaitingCallback | None,
) -> StoredObject | None:
    """Make the object of its parts visible, and forget the upload.

    No byte is copied: the object is the list of the parts' blobs. Parts that it does not have are
    let go. None, and nothing is done, if a part was uploaded again since `whole` was reckoned.

    Its bytes were counted when they came as parts: no quota of bytes is in its way.

    Refusals: `NoSuchUpload`, `NoSuchBucket`, `FileAlreadyExists` if the key is taken and
    `spec.forbid_overwrite`, `QuotaExceeded`, and what `write_rule` and `spec.condition` raise.
    """
    cursor = connection.connection.cursor()
    state = _check_writable(connection, bucket, spec.key, upload.id, write_rule)
    standing = current_version(cursor, bucket.id, spec.key)
    check_overwrite(spec, as_object(standing), state.versioning)
    present = {part.number: part for part in parts_of(cursor, upload.id)}
    if any(present.get(part.number) != part for part in whole.parts):
        return None
    following = succession(cursor, bucket.id, spec.key, state.versioning, standing)
    more = following.growth(Usage(whole.size, 1)) - Usage.of_parts(_size(present.values()))
    hold_to_quotas(connection, bucket.id, more)
    now_ms = clock.now_ms()
    blob_id = _put_list(cursor, whole, new_list_id)
    stored = StoredObject.of(
        spec,
        bucket_id=bucket.id,
        owner_id=upload.owner_id,
        blob_id=blob_id,
        size=whole.size,
        etag=whole.etag,
        md5=b"",  # nobody has read all bytes in a row
        crc64=whole.crc64,
        modified_ms=now_ms,
        object_type=ObjectType.MULTIPART,
        version_id=following.version_id,
    )
    following.write_object(cursor, stored, spec)
    _forget(connection, upload.id)
    used = {part.number for part in whole.parts}
    let_go = [
        part.blob_id
        for number, part in present.items()
        if part.blob_id is not None and number not in used
    ]
    release(cursor.execute, let_go, now_ms)
    count_usage(connection, bucket.id, more)
    if callback is not None:
        shown = state.versioning.shown_id(stored.version_id)
        put_callback(cursor, replace(callback, version_id=shown))
    return stored


def abort_upload(connection: Connection, bucket: Bucket, key: bytes, upload_id: str) -> None:
    """Forget an upload and let its parts go; refusal `NoSuchUpload`."""
    if find_upload(connection, bucket.id, key, upload_id) is None:
        raise NO_SUCH_UPLOAD(UploadId=upload_id[:128])
    forget_upload(connection, upload_id)


def forget_upload(connection: Connection, upload_id: str) -> None:
    """Forget an upload, if there is one, and let its parts go."""
    of_it = select(multipart_uploads.c.bucket_id).where(multipart_uploads.c.id == upload_id)
    bucket_id = connection.execute(of_it).scalar_one_or_none()
    if bucket_id is None:
        return
    cursor = connection.connection.cursor()
    held = parts_of(cursor, upload_id)
    _forget(connection, upload_id)
    release(
        cursor.execute, [part.blob_id for part in held if part.blob_id is not None], clock.now_ms()
    )
    count_usage(connection, bucket_id, Usage.of_parts(-_size(held)))


def untouched_uploads(connection: Connection, before_ms: int, limit: int) -> Sequence[str]:
    """Ids of at most `limit` uploads that were begun before a moment and got no part since.

    Not of buckets whose lifecycle rules say themselves when uploads end.
    """
    later = (
        select(parts.c.upload_id)
        .where(parts.c.upload_id == multipart_uploads.c.id, parts.c.modified_ms >= before_ms)
        .exists()
    )
    by_rule = (
        select(bucket_configs.c.bucket_id)
        .where(
            bucket_configs.c.bucket_id == multipart_uploads.c.bucket_id,
            bucket_configs.c.kind == LIFECYCLE,
            bucket_configs.c.document.contains('"abort"'),
        )
        .exists()
    )
    found = (
        select(multipart_uploads.c.id)
        .where(multipart_uploads.c.created_ms < before_ms, ~later, ~by_rule)
        .limit(limit)
    )
    return list(connection.scalars(found))


def count_of(connection: Connection, bucket_id: int) -> tuple[int, int]:
    """How many uploads a bucket has, and how many parts they have together."""
    mine = multipart_uploads.c.bucket_id == bucket_id
    uploads = select(func.count()).select_from(multipart_uploads).where(mine)
    joined = multipart_uploads.join(parts, parts.c.upload_id == multipart_uploads.c.id)
    held = select(func.count()).select_from(joined).where(mine)
    return connection.execute(uploads).scalar_one(), connection.execute(held).scalar_one()


def _check_writable(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    upload_id: str,
    write_rule: WriteRule | None,
) -> BucketState:
    cursor = connection.connection.cursor()
    state = bucket_state(cursor, bucket)
    if find_upload(connection, bucket.id, key, upload_id) is None:
        raise NO_SUCH_UPLOAD(UploadId=upload_id[:128])
    ask_write_rule(write_rule, state.acl, standing_object(cursor, bucket.id, key))
    return state


def _size(held: Iterable[Part]) -> int:
    return sum(part.size for part in held)


def _put_list(cursor: Any, whole: WholeObject, new_list_id: Callable[[], str]) -> str | None:
    blobs = [(part.blob_id, part.size) for part in whole.parts if part.blob_id is not None]
    if not blobs:
        return None
    list_id = new_list_id()
    pieces = [(list_id, position, *blob) for position, blob in enumerate(blobs)]
    statements.write_rows(cursor.execute, statements.PUT_PIECES, pieces)
    return list_id


def _forget(connection: Connection, upload_id: str) -> None:
    connection.execute(delete(parts).where(parts.c.upload_id == upload_id))
    connection.execute(delete(multipart_uploads).where(multipart_uploads.c.id == upload_id))


def _upload(row: Row[Any]) -> MultipartUpload:
    spec = rows.spec_of(row.key, row.acl, row.storage_class, row.encryption, row.attributes)
    checksum = rows.parts_checksum_of(row.attributes)
    return MultipartUpload(row.id, row.bucket_id, spec, row.owner_id, row.created_ms, checksum)
