"""One page of a listing of multipart uploads (OSS: "ListMultipartUploads").

By key in byte order, then by id; grouped by a delimiter as objects are. Past a common prefix the
next query begins where its keys end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pillarbox.model.multipart import ListedUpload, UploadListing
from pillarbox.storage.catalog import rows, statements
from pillarbox.storage.catalog.listing import common_prefix, end_of_prefix

Place = tuple[bytes, str]


def list_uploads(
    cursor: Any,
    bucket_id: int,
    *,
    prefix: bytes,
    delimiter: bytes,
    after: Place,
    max_uploads: int,
) -> UploadListing:
    """The page behind `after`, by a cursor of the driver within one reading transaction.

    Args:
        after: key and id; an empty id stands behind every upload of the key.
    """
    found: list[ListedUpload] = []
    prefixes: list[bytes] = []
    last: Place | None = None
    if max_uploads <= 0:
        return UploadListing((), (), None)
    for entry in _entries(cursor, bucket_id, prefix, delimiter, after, max_uploads + 1):
        if len(found) + len(prefixes) == max_uploads:
            return UploadListing(tuple(found), tuple(prefixes), last)
        if isinstance(entry, bytes):
            prefixes.append(entry)
            last = (entry, "")
        else:
            found.append(entry)
            last = (entry.key, entry.id)
    return UploadListing(tuple(found), tuple(prefixes), None)


def _entries(
    cursor: Any, bucket_id: int, prefix: bytes, delimiter: bytes, after: Place, limit: int
) -> Iterator[ListedUpload | bytes]:
    end = end_of_prefix(prefix)
    first: Place | None = _first(prefix, delimiter, after)
    while first is not None and (end is None or first[0] < end):
        common = b""
        count = 0
        for row in cursor.execute(statements.LIST_UPLOADS, (bucket_id, *first, limit)):
            if not row[0].startswith(prefix):
                return
            count += 1
            common = common_prefix(row[0], prefix, delimiter) if delimiter else b""
            if common:
                break
            key, upload_id, created_ms, storage_class, owner_id, attributes = row
            checksum = rows.parts_checksum_of(attributes)
            yield ListedUpload(key, upload_id, created_ms, storage_class, owner_id, checksum)
            first = (row[0], row[1])
        if common:
            yield common
            beyond = end_of_prefix(common)
            first = None if beyond is None else (beyond, "")
        elif count < limit:
            return


def _first(prefix: bytes, delimiter: bytes, after: Place) -> Place | None:
    """The place behind which the page begins: ids are never empty, so that of a key's start is."""
    key, upload_id = after
    if delimiter and (inside := common_prefix(key, prefix, delimiter)):
        beyond = end_of_prefix(inside)
        return None if beyond is None else (beyond, "")
    if key < prefix:
        return (prefix, "")
    if upload_id or not key:
        return (key, upload_id)
    return (key + b"\0", "")
