"""The SQL of appends, made as that of the hot path is.

The parameters of each statement stand in the order in which its comment names them.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update

from pillarbox.storage.catalog.schema import object_blobs, objects
from pillarbox.storage.catalog.statements import compiled_text

_of_list = object_blobs.c.object_blob_id == bindparam("object_blob_id")

#: blob id, size, etag, CRC, milliseconds, bucket id, key: the object as it is after an append
EXTEND = compiled_text(
    update(objects)
    .where(objects.c.bucket_id == bindparam("of_bucket"), objects.c.key == bindparam("of_key"))
    .values(
        blob_id=bindparam("new_blob"),
        size=bindparam("new_size"),
        etag=bindparam("new_etag"),
        crc64=bindparam("new_crc"),
        modified_ms=bindparam("now_ms"),
    ),
    "new_blob",
    "new_size",
    "new_etag",
    "new_crc",
    "now_ms",
    "of_bucket",
    "of_key",
)

#: object blob id, rows -> position, blob id, size of the last ones, the last first
LAST_PIECES = (
    compiled_text(
        select(object_blobs.c.position, object_blobs.c.blob_id, object_blobs.c.size)
        .where(_of_list)
        .order_by(object_blobs.c.position.desc()),
        "object_blob_id",
    )
    + " LIMIT ?"
)

#: object blob id, position: that blob and all behind it are no longer of the list
DELETE_PIECES_FROM = compiled_text(
    delete(object_blobs).where(_of_list, object_blobs.c.position >= bindparam("first")),
    "object_blob_id",
    "first",
)
