"""The SQL of versions that are no longer the current ones, made as that of the hot path is.

The parameters of each statement stand in the order in which its comment names them.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from pillarbox.storage.catalog.schema import inline_blobs, noncurrent_versions, objects
from pillarbox.storage.catalog.statements import STANDING, compiled_text

_of_key = (
    noncurrent_versions.c.bucket_id == bindparam("bucket_id"),
    noncurrent_versions.c.key == bindparam("key"),
)
_named = (
    *_of_key,
    noncurrent_versions.c.version_id.is_not_distinct_from(bindparam("version_id")),
)

#: What both tables say of a version.
_SHARED = ", ".join(
    f'"{column.name}"' for column in objects.columns if column.name not in ("bucket_id", "key")
)

_ARCHIVE = f"""
INSERT INTO noncurrent_versions (bucket_id, key, sequence, {_SHARED}, noncurrent_ms)
SELECT bucket_id, key,
    (
        SELECT COALESCE(MAX(sequence), 0) + 1 FROM noncurrent_versions AS older
        WHERE older.bucket_id = objects.bucket_id AND older.key = objects.key
    ),
    {_SHARED}, ?
FROM objects WHERE bucket_id = ? AND key = ?
"""  # noqa: S608

#: milliseconds, bucket id, key: the current version, if there is one, is among the others too
ARCHIVE = _ARCHIVE

#: milliseconds, bucket id, key: the same, unless the current version is the null version
ARCHIVE_NAMED = f"{_ARCHIVE} AND version_id IS NOT NULL"

#: bucket id, key: the youngest of the others is the current version too
PROMOTE = f"""
INSERT INTO objects (bucket_id, key, {_SHARED}) SELECT bucket_id, key, {_SHARED}
FROM noncurrent_versions WHERE bucket_id = ? AND key = ? ORDER BY sequence DESC LIMIT 1
"""  # noqa: S608

#: bucket id, key, bucket id, key: the youngest of the others is gone
DELETE_YOUNGEST = """
DELETE FROM noncurrent_versions WHERE bucket_id = ? AND key = ? AND sequence = (
    SELECT MAX(sequence) FROM noncurrent_versions WHERE bucket_id = ? AND key = ?
)
"""

#: bucket id, key, version id -> columns of `Standing`, then the sequence
NONCURRENT = compiled_text(
    select(
        *(noncurrent_versions.c[name] for name in STANDING), noncurrent_versions.c.sequence
    ).where(*_named),
    "bucket_id",
    "key",
    "version_id",
)

#: bucket id, key, version id -> all columns of `objects`, then the inline bytes
VERSION = compiled_text(
    select(
        *(noncurrent_versions.c[column.name] for column in objects.columns), inline_blobs.c.bytes
    )
    .outerjoin_from(
        noncurrent_versions,
        inline_blobs,
        noncurrent_versions.c.blob_id == inline_blobs.c.blob_id,
    )
    .where(*_named),
    "bucket_id",
    "key",
    "version_id",
)

#: bucket id, key, sequence
DELETE_NONCURRENT = compiled_text(
    delete(noncurrent_versions).where(
        *_of_key, noncurrent_versions.c.sequence == bindparam("sequence")
    ),
    "bucket_id",
    "key",
    "sequence",
)

#: Columns of `ListedVersion` but for whether it is the latest, in its order.
LISTED_VERSION = (
    "key",
    "size",
    "etag",
    "modified_ms",
    "storage_class",
    "owner_id",
    "object_type",
    "version_id",
    "delete_marker",
)

#: bucket id, key, sequence, rows -> columns of `LISTED_VERSION` of those before, youngest first
LIST_OLDER = (
    compiled_text(
        select(*(noncurrent_versions.c[name] for name in LISTED_VERSION))
        .where(*_of_key, noncurrent_versions.c.sequence < bindparam("sequence"))
        .order_by(noncurrent_versions.c.sequence.desc()),
        "bucket_id",
        "key",
        "sequence",
    )
    + " LIMIT ?"
)

_current_from = (
    select(*(objects.c[name] for name in LISTED_VERSION))
    .where(objects.c.bucket_id == bindparam("bucket_id"), objects.c.key >= bindparam("first"))
    .order_by(objects.c.key)
)

#: bucket id, first key, rows -> columns of `LISTED_VERSION`, of current versions
LIST_CURRENT_FROM = compiled_text(_current_from, "bucket_id", "first") + " LIMIT ?"

#: bucket id, first key, key to stop before, rows -> the same
LIST_CURRENT_BETWEEN = (
    compiled_text(
        _current_from.where(objects.c.key < bindparam("end")), "bucket_id", "first", "end"
    )
    + " LIMIT ?"
)
