"""One page of a listing (OSS: "ListObjects").

An entry is a key, or the common prefix of the keys that have the delimiter after the prefix. A
page holds the entries greater than `start_after`, in byte order. Past a common prefix the next
query begins where its keys end, so a folder of a million objects costs as much as one of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pillarbox.model.objects import ListedObject, Listing
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.rows import listed_object


def list_objects(
    cursor: Any,
    bucket_id: int,
    *,
    prefix: bytes,
    delimiter: bytes,
    start_after: bytes,
    max_keys: int,
) -> Listing:
    """The page, by a cursor of the driver within one reading transaction."""
    found: list[ListedObject] = []
    prefixes: list[bytes] = []
    last: bytes | None = None
    if max_keys <= 0:
        return Listing((), (), None)
    rows = partial(_rows, cursor, bucket_id)
    for entry in walk(rows, prefix, delimiter, start_after, max_keys + 1):
        if len(found) + len(prefixes) == max_keys:
            return Listing(tuple(found), tuple(prefixes), last)
        if isinstance(entry, bytes):
            prefixes.append(last := entry)
        else:
            found.append(listed_object(entry))
            last = entry[0]
    return Listing(tuple(found), tuple(prefixes), None)


def walk(
    rows: Callable[[bytes, bytes | None, int], Iterator[tuple[Any, ...]]],
    prefix: bytes,
    delimiter: bytes,
    start_after: bytes,
    limit: int,
) -> Iterator[tuple[Any, ...] | bytes]:
    """Rows and common prefixes greater than `start_after`, at least `limit` if there are.

    Args:
        rows: gives at most so many rows, in order of their keys, from a key on, up to but without
            another; the key stands first in each.
    """
    end = end_of_prefix(prefix)
    first: bytes | None = max(prefix, start_after + b"\0" if start_after else b"")
    if delimiter and (inside := common_prefix(start_after, prefix, delimiter)):
        # The page before ended with this common prefix, or within it.
        first = end_of_prefix(inside)
    while first is not None and (end is None or first < end):
        common = b""
        count = 0
        for row in rows(first, end, limit):
            count += 1
            common = common_prefix(row[0], prefix, delimiter) if delimiter else b""
            if common:
                break
            yield row
            first = row[0] + b"\0"
        if common:
            yield common
            first = end_of_prefix(common)
        elif count < limit:
            return


def _rows(cursor: Any, bucket_id: int, first: bytes, end: bytes | None, limit: int) -> Any:
    if end is None:
        return cursor.execute(statements.LIST_FROM, (bucket_id, first, limit))
    return cursor.execute(statements.LIST_BETWEEN, (bucket_id, first, end, limit))


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """The key up to the first delimiter after the prefix, inclusive; empty if there is none."""
    if not key.startswith(prefix):
        return b""
    at = key.find(delimiter, len(prefix))
    return b"" if at < 0 else key[: at + len(delimiter)]


def end_of_prefix(prefix: bytes) -> bytes | None:
    """The least key greater than every key with that prefix; None if there is no such key."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None
