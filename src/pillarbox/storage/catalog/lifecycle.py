"""Versions and uploads as lifecycle rules look at them, and what becomes of them.

Each function works in the transaction that it is given. Who walks reads page by page; who acts
looks at each version anew in the transaction that changes it, so that nothing depends on how old
a page is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from pillarbox.model.deletion import Removal
from pillarbox.model.lifecycle import LifecycleRule
from pillarbox.model.lifecycle_actions import Action, ActionKind, VersionFacts, abort_of, action_of
from pillarbox.model.lifecycle_check import MAX_KEPT
from pillarbox.model.objects import Bucket
from pillarbox.model.versioning import NamedVersion
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.multipart import forget_upload
from pillarbox.storage.catalog.objects import delete_object
from pillarbox.storage.catalog.schema import multipart_uploads
from pillarbox.storage.catalog.standing import version_place

#: No key has a byte as great: keys are UTF-8.
AFTER_ALL_KEYS = b"\xff"

_SHARED = "key, size, modified_ms, storage_class, attributes, delete_marker, version_id"

#: bucket id, first key, key to stop before, rows -> `_SHARED`, whether a marker is alone
_CURRENT = f"""
SELECT {_SHARED}, CASE WHEN delete_marker THEN NOT EXISTS (
    SELECT 1 FROM noncurrent_versions AS other
    WHERE other.bucket_id = objects.bucket_id AND other.key = objects.key
) ELSE 0 END
FROM objects WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?
"""  # noqa: S608

#: the most that is counted, bucket id, key and sequence to begin behind, key to stop before, rows
#: -> `_SHARED`, sequence, since when, younger noncurrent versions
_NONCURRENT = f"""
SELECT {_SHARED}, sequence, noncurrent_ms, (
    SELECT count(*) FROM (
        SELECT 1 FROM noncurrent_versions AS newer
        WHERE newer.bucket_id = old.bucket_id AND newer.key = old.key
            AND newer.sequence > old.sequence
        LIMIT ?
    )
)
FROM noncurrent_versions AS old
WHERE bucket_id = ? AND (key, sequence) > (?, ?) AND key < ? ORDER BY key, sequence LIMIT ?
"""  # noqa: S608


class Seen(NamedTuple):
    """A version, or an upload in parts, as a page has it.

    Attributes:
        facts: of a version; of an upload its key and its begin alone.
        version_id: None for the null version, and for an upload.
        sequence: among the noncurrent versions of its key; None for what is none.
        upload_id: of an upload, else None.
    """

    facts: VersionFacts
    version_id: str | None = None
    sequence: int | None = None
    upload_id: str | None = None


class Due(NamedTuple):
    """What is to be done, and to what."""

    action: Action
    seen: Seen


def current_page(
    cursor: Any, bucket_id: int, first: bytes, end: bytes, limit: int
) -> Sequence[Seen]:
    """Current versions from `first` on, in the order of keys, by a cursor of the driver."""
    rows = cursor.execute(_CURRENT, (bucket_id, first, end, limit)).fetchall()
    return [Seen(_facts(row, is_alone=bool(row[7])), row[6]) for row in rows]


def noncurrent_page(
    cursor: Any, bucket_id: int, after: tuple[bytes, int], end: bytes, limit: int
) -> Sequence[Seen]:
    """Other versions behind a key and a sequence, the oldest of a key first."""
    parameters = (MAX_KEPT, bucket_id, *after, end, limit)
    rows = cursor.execute(_NONCURRENT, parameters).fetchall()
    return [Seen(_facts(row, noncurrent_ms=row[8], newer=row[9]), row[6], row[7]) for row in rows]


def upload_page(
    cursor: Any, bucket_id: int, after: tuple[bytes, str], end: bytes, limit: int
) -> Sequence[Seen]:
    """Uploads in parts behind a key and an id, by key and id."""
    rows = cursor.execute(statements.LIST_UPLOADS, (bucket_id, *after, limit)).fetchall()
    return [
        Seen(VersionFacts(key, 0, created_ms, storage_class), upload_id=upload_id)
        for key, upload_id, created_ms, storage_class, *_ in rows
        if key < end
    ]


def due_of(rules: Sequence[LifecycleRule], seen: Seen, now_ms: int) -> Action | None:
    """What is to become of it at `now_ms`."""
    if seen.upload_id is not None:
        return abort_of(rules, seen.facts.key, seen.facts.modified_ms, now_ms)
    return action_of(rules, seen.facts, now_ms)


def carry_out(
    connection: Connection, bucket: Bucket, rules: Sequence[LifecycleRule], due: Due, now_ms: int
) -> bool:
    """Do what is due, if it still is when one looks again; whether it was done."""
    again = _look_again(connection, bucket.id, due.seen)
    if again is None or due_of(rules, again, now_ms) != due.action:
        return False
    key = again.facts.key
    match due.action.kind:
        case ActionKind.EXPIRE:
            delete_object(connection, bucket, Removal(key))
        case ActionKind.REMOVE_VERSION | ActionKind.REMOVE_MARKER:
            delete_object(connection, bucket, Removal(key, None, NamedVersion(again.version_id)))
        case ActionKind.TRANSITION:
            _put_in_class(connection, bucket.id, again, due.action.storage_class)
        case ActionKind.ABORT:
            assert again.upload_id is not None
            forget_upload(connection, again.upload_id)
    return True


def _look_again(connection: Connection, bucket_id: int, seen: Seen) -> Seen | None:
    cursor = connection.connection.cursor()
    key = seen.facts.key
    if seen.upload_id is not None:
        table = multipart_uploads.c
        found = select(table.id).where(table.id == seen.upload_id, table.bucket_id == bucket_id)
        return None if connection.scalar(found) is None else seen  # its begin never changes
    beyond = key + b"\0"
    if seen.sequence is None:
        page = current_page(cursor, bucket_id, key, beyond, 1)
    else:
        page = noncurrent_page(cursor, bucket_id, (key, seen.sequence - 1), beyond, 1)
    # A sequence is given again when the youngest noncurrent version has become the current one.
    same = [
        one for one in page if (one.sequence, one.version_id) == (seen.sequence, seen.version_id)
    ]
    return same[0] if same else None


def _put_in_class(
    connection: Connection, bucket_id: int, seen: Seen, storage_class: str | None
) -> None:
    """The label alone: the bytes stay where they are, and the time of the last change too."""
    table, here = version_place(bucket_id, seen.facts.key, seen.sequence)
    connection.execute(update(table).where(*here).values(storage_class=storage_class))


def _facts(
    row: Sequence[Any],
    *,
    is_alone: bool = False,
    noncurrent_ms: int | None = None,
    newer: int = 0,
) -> VersionFacts:
    return VersionFacts(
        key=row[0],
        size=row[1],
        modified_ms=row[2],
        storage_class=row[3],
        tags=_tags(row[4]),
        is_marker=bool(row[5]),
        noncurrent_ms=noncurrent_ms,
        newer=newer,
        is_alone=is_alone,
    )


def _tags(attributes: str) -> Mapping[str, str]:
    """Most have none, and are not read."""
    if '"tags"' not in attributes:
        return {}
    tags: Mapping[str, str] = json.loads(attributes).get("tags", {})
    return tags
