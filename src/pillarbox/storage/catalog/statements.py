"""The SQL of the hot path, compiled once from the schema.

A row read by key costs 63 µs through SQLAlchemy's execution and 14 µs through the driver's cursor;
several rows in one INSERT beat executemany by a third. So the text is made here by SQLAlchemy, in
the dialect of the database, and run on the driver's cursor with plain tuples. The parameters of
each statement stand in the order in which its comment names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ClauseElement,
    Table,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects import sqlite

from pillarbox.storage.catalog.schema import (
    IS_CURRENT,
    accounts,
    bucket_configs,
    bucket_usage,
    buckets,
    callback_outbox,
    garbage,
    inline_blobs,
    multipart_uploads,
    noncurrent_versions,
    object_blobs,
    objects,
    parts,
)

T = TypeVar("T")

_DIALECT = sqlite.dialect()

#: Rows of one INSERT. Few sizes, so that the driver keeps every text prepared.
ROW_COUNTS = (32, 8, 1)

#: Columns of `ListedObject`, in its order.
LISTED = (
    objects.c.key,
    objects.c.size,
    objects.c.etag,
    objects.c.modified_ms,
    objects.c.storage_class,
    objects.c.owner_id,
    objects.c.object_type,
)


def compiled_text(statement: ClauseElement, *parameters: str) -> str:
    """A statement as the driver takes it; asserts that its parameters stand in that order."""
    compiled = statement.compile(dialect=_DIALECT)
    order = tuple(getattr(compiled, "positiontup", None) or ())
    assert order == parameters, f"{order} is not {parameters}: {compiled}"
    return str(compiled)


def _insert_text(table: Table, rows: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    row = "(" + ", ".join("?" for _ in table.columns) + ")"
    return f'INSERT INTO "{table.name}" ({names}) VALUES ' + ", ".join([row] * rows)  # noqa: S608


def _upsert_text(table: Table, rows: int) -> str:
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    changes = ", ".join(
        f'"{column.name}" = excluded."{column.name}"'
        for column in table.columns
        if not column.primary_key
    )
    return f"{_insert_text(table, rows)} ON CONFLICT ({keys}) DO UPDATE SET {changes}"


_here = (
    objects.c.bucket_id == bindparam("bucket_id"),
    objects.c.key == bindparam("key"),
)

#: bucket id -> ACL, versioning, if the bucket stands
BUCKET_STATE = compiled_text(
    select(buckets.c.acl, buckets.c.versioning).where(buckets.c.id == bindparam("bucket_id")),
    "bucket_id",
)

_quota_document = and_(
    bucket_configs.c.bucket_id == buckets.c.id, bucket_configs.c.kind == literal_column("'quota'")
)

#: bucket id -> its owner, the bounds of the owner's quota (bytes, objects), the bucket's document
QUOTAS = compiled_text(
    select(
        buckets.c.owner_id,
        accounts.c.quota_bytes,
        accounts.c.quota_objects,
        bucket_configs.c.document,
    )
    .select_from(
        buckets.outerjoin(accounts, accounts.c.id == buckets.c.owner_id).outerjoin(
            bucket_configs, _quota_document
        )
    )
    .where(buckets.c.id == bindparam("bucket_id")),
    "bucket_id",
)

_held = select(
    func.sum(bucket_usage.c.bytes),
    func.sum(bucket_usage.c.objects),
    func.sum(bucket_usage.c.part_bytes),
)

#: bucket id -> bytes, objects, bytes of parts among them; null where nothing was ever put
BUCKET_USAGE = compiled_text(
    _held.where(bucket_usage.c.bucket_id == bindparam("bucket_id")), "bucket_id"
)

#: account id -> the same of all its buckets; likewise
ACCOUNT_USAGE = compiled_text(
    _held.where(
        bucket_usage.c.bucket_id.in_(
            select(buckets.c.id).where(buckets.c.owner_id == bindparam("account_id"))
        )
    ),
    "account_id",
)

#: Columns of `Standing`, in its order.
STANDING = ("blob_id", "size", "acl", "etag", "version_id", "delete_marker", "attributes")

#: bucket id, key -> columns of `Standing`, of the current version
CURRENT = compiled_text(
    select(*(objects.c[name] for name in STANDING)).where(*_here), "bucket_id", "key"
)

#: bucket id, key -> all columns of `objects`, then the inline bytes, of the current version
OBJECT = compiled_text(
    select(objects, inline_blobs.c.bytes)
    .outerjoin_from(objects, inline_blobs, objects.c.blob_id == inline_blobs.c.blob_id)
    .where(*_here),
    "bucket_id",
    "key",
)

#: blob id -> its bytes
INLINE_BYTES = compiled_text(
    select(inline_blobs.c.bytes).where(inline_blobs.c.blob_id == bindparam("blob_id")), "blob_id"
)

#: bucket id, key
DELETE_OBJECT = compiled_text(delete(objects).where(*_here), "bucket_id", "key")

#: blob id
DELETE_INLINE = compiled_text(
    delete(inline_blobs).where(inline_blobs.c.blob_id == bindparam("blob_id")), "blob_id"
)

#: object blob id -> blob id, size, in order
PIECES = compiled_text(
    select(object_blobs.c.blob_id, object_blobs.c.size)
    .where(object_blobs.c.object_blob_id == bindparam("object_blob_id"))
    .order_by(object_blobs.c.position),
    "object_blob_id",
)

#: object blob id
DELETE_PIECES = compiled_text(
    delete(object_blobs).where(object_blobs.c.object_blob_id == bindparam("object_blob_id")),
    "object_blob_id",
)

#: milliseconds, then the blob id five times; nothing if a row names it or it is garbage already
DROP_FILE = (
    'INSERT INTO "garbage" ("since_ms", "blob_id") SELECT ?, ? WHERE '  # noqa: S608
    + " AND ".join(
        f'NOT EXISTS (SELECT 1 FROM "{table.name}" WHERE "blob_id" = ?)'  # noqa: S608
        for table in (objects, noncurrent_versions, object_blobs, parts)
    )
    + ' ON CONFLICT ("blob_id") DO NOTHING'
)

_listed = (
    select(*LISTED)
    .where(objects.c.bucket_id == bindparam("bucket_id"), IS_CURRENT)
    .order_by(objects.c.key)
)
_from_first = _listed.where(objects.c.key >= bindparam("first"))

# SQLAlchemy adds an OFFSET to every LIMIT for SQLite: it is written by hand.

#: bucket id, first key, rows
LIST_FROM = compiled_text(_from_first, "bucket_id", "first") + " LIMIT ?"

#: bucket id, first key, key to stop before, rows
LIST_BETWEEN = (
    compiled_text(_from_first.where(objects.c.key < bindparam("end")), "bucket_id", "first", "end")
    + " LIMIT ?"
)

#: upload id, part number, rows (-1 for all) -> all columns of `parts`
PARTS = (
    compiled_text(
        select(parts)
        .where(parts.c.upload_id == bindparam("upload_id"), parts.c.number > bindparam("after"))
        .order_by(parts.c.number),
        "upload_id",
        "after",
    )
    + " LIMIT ?"
)

#: bucket id, key, upload id, rows -> columns of `ListedUpload`, of what stands behind key and id
LIST_UPLOADS = (
    compiled_text(
        select(
            multipart_uploads.c.key,
            multipart_uploads.c.id,
            multipart_uploads.c.created_ms,
            multipart_uploads.c.storage_class,
            multipart_uploads.c.owner_id,
            multipart_uploads.c.attributes,
        )
        .where(
            multipart_uploads.c.bucket_id == bindparam("bucket_id"),
            tuple_(multipart_uploads.c.key, multipart_uploads.c.id)
            > tuple_(bindparam("key"), bindparam("id")),
        )
        .order_by(multipart_uploads.c.key, multipart_uploads.c.id),
        "bucket_id",
        "key",
        "id",
    )
    + " LIMIT ?"
)

PUT_OBJECTS = {count: _upsert_text(objects, count) for count in ROW_COUNTS}
PUT_INLINE = {count: _insert_text(inline_blobs, count) for count in ROW_COUNTS}
PUT_GARBAGE = {count: _insert_text(garbage, count) for count in ROW_COUNTS}
PUT_PIECES = {count: _insert_text(object_blobs, count) for count in ROW_COUNTS}

#: all columns of `parts`, in their order
PUT_PART = _upsert_text(parts, 1)

#: all columns of `callback_outbox`, in their order
PUT_CALLBACK = _insert_text(callback_outbox, 1)


#: bucket id, shard, objects more, bytes more, bytes of parts more
ADD_USAGE = f"{_insert_text(bucket_usage, 1)} ON CONFLICT (bucket_id, shard) DO UPDATE SET " + (
    ", ".join(
        f"{name} = bucket_usage.{name} + excluded.{name}"
        for name in ("objects", "bytes", "part_bytes")
    )
)


def write_rows(
    execute: Callable[[str, Sequence[Any]], Any],
    texts: dict[int, str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Write `rows` by as few statements of `texts` as its sizes allow."""
    for chunk in _chunks(rows):
        execute(texts[len(chunk)], [value for row in chunk for value in row])


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    start = 0
    for count in ROW_COUNTS:
        while len(rows) - start >= count:
            yield rows[start : start + count]
            start += count
