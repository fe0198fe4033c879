"""Single objects and their versions in the catalog: find, delete, change ACL and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select, update

from pillarbox.model.acl import ObjectAcl, WriteRule
from pillarbox.model.deletion import Deletion, Removal
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import Refusal
from pillarbox.model.versioning import (
    NamedVersion,
    Versioning,
    delete_marker_named,
    missing_version,
)
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage import clock
from pillarbox.storage.catalog import rows, statements
from pillarbox.storage.catalog import version_statements as versions
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.standing import (
    Standing,
    as_object,
    ask_write_rule,
    bucket_state,
    check_condition,
    count_usage,
    current_version,
    noncurrent_version,
    version_place,
)
from pillarbox.storage.catalog.succession import promote_youngest, succession


def find_current(cursor: Any, bucket_id: int, key: bytes) -> StoredObject | None:
    """The current version of a key, which may be a delete marker, by a cursor of the driver."""
    row = cursor.execute(statements.OBJECT, (bucket_id, key)).fetchone()
    return None if row is None else rows.stored_object(row)


def find_object(cursor: Any, bucket_id: int, key: bytes) -> StoredObject | None:
    """The object under a key, by a cursor of the driver."""
    found = find_current(cursor, bucket_id, key)
    return None if found is None or found.is_delete_marker else found


def find_version(
    cursor: Any, bucket_id: int, key: bytes, version_id: str | None
) -> StoredObject | None:
    """A version of a key by its id, which may be a delete marker, by a cursor of the driver."""
    current = find_current(cursor, bucket_id, key)
    if current is None or current.version_id == version_id:
        return current
    row = cursor.execute(versions.VERSION, (bucket_id, key, version_id)).fetchone()
    return None if row is None else rows.stored_object(row)


def inline_bytes(cursor: Any, blob_id: str) -> bytes | None:
    """The bytes of a blob that the catalog keeps, by a cursor of the driver."""
    row = cursor.execute(statements.INLINE_BYTES, (blob_id,)).fetchone()
    return None if row is None else row[0]


def delete_object(
    connection: Connection,
    bucket: Bucket,
    removal: Removal,
    condition: WriteCondition | None = None,
) -> Deletion:
    """Delete an object, or one version. What is gone for good is released.

    Refusals: `NoSuchBucket` if the bucket no longer stands, what the rule raises when it sees the
    ACLs as they are now, and then what `condition` raises.
    """
    cursor = connection.connection.cursor()
    state = bucket_state(cursor, bucket)
    found = _find_standing(cursor, bucket.id, removal.key, removal.version)
    ask_write_rule(removal.rule, state.acl, as_object(found.version))
    check_condition(condition, removal.key, as_object(found.version))
    if removal.version is None and state.versioning is not Versioning.NEVER:
        return _mark_deleted(connection, bucket, removal.key, state.versioning, found.version)
    return _delete_version(connection, bucket, removal.key, found)


def delete_objects(
    connection: Connection, bucket: Bucket, removals: Sequence[Removal]
) -> list[Deletion]:
    """Delete several objects or versions, all or none; what isn't there is no matter.

    Refusals: as of `delete_object`; one that concerns a key names it in `Key`.
    """
    cursor = connection.connection.cursor()
    state = bucket_state(cursor, bucket)
    for removal in removals:
        if removal.rule is None:
            continue
        found = _find_standing(cursor, bucket.id, removal.key, removal.version)
        try:
            ask_write_rule(removal.rule, state.acl, as_object(found.version))
        except Refusal as refusal:
            refusal.details["Key"] = removal.key.decode("utf-8", "replace")
            raise
    return [delete_object(connection, bucket, removal._replace(rule=None)) for removal in removals]


class _Found(NamedTuple):
    """A version, and where among the noncurrent ones it is; no sequence for the current one."""

    version: Standing | None
    sequence: int | None


def _find_standing(cursor: Any, bucket_id: int, key: bytes, named: NamedVersion | None) -> _Found:
    """The version of a key that is named, or else the current one."""
    current = current_version(cursor, bucket_id, key)
    if named is None or current is None or current.version_id == named.id:
        return _Found(current, None)
    return _Found(*(noncurrent_version(cursor, bucket_id, key, named.id) or (None, None)))


def _delete_version(connection: Connection, bucket: Bucket, key: bytes, found: _Found) -> Deletion:
    """Delete a version for good; of what is left the youngest is the current one."""
    version = found.version
    if version is None:
        return Deletion(was_there=False)
    cursor = connection.connection.cursor()
    if found.sequence is not None:
        cursor.execute(versions.DELETE_NONCURRENT, (bucket.id, key, found.sequence))
    else:
        cursor.execute(statements.DELETE_OBJECT, (bucket.id, key))
        promote_youngest(cursor, bucket.id, key)
    if version.blob_id is not None:
        release(cursor.execute, [version.blob_id], clock.now_ms())
    count_usage(connection, bucket.id, -version.usage)
    return Deletion(True, version.version_id, version.delete_marker)


def _mark_deleted(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    versioning: Versioning,
    current: Standing | None,
) -> Deletion:
    """Write a delete marker, also where nothing stands (OSS: "DeleteObject", versioning)."""
    cursor = connection.connection.cursor()
    now_ms = clock.now_ms()
    following = succession(cursor, bucket.id, key, versioning, current)
    row = rows.marker_row(bucket.id, key, following.version_id, bucket.owner_id, now_ms)
    following.write(cursor, row, now_ms)
    count_usage(connection, bucket.id, following.growth(Usage()))
    return Deletion(as_object(current) is not None, following.version_id, is_delete_marker=True)


def set_object_tags(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    tags: Mapping[str, str],
    write_rule: WriteRule | None = None,
    version: NamedVersion | None = None,
) -> str | None:
    """Give an object, or one version, these tags and no others; the id of the version.

    Refusals: `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker that is named,
    and what `write_rule` raises when it sees what stands.
    """
    table, here, version_id = _place(connection, bucket, key, write_rule, version)
    attributes = connection.execute(select(table.c.attributes).where(*here)).scalar_one()
    connection.execute(
        update(table).where(*here).values(attributes=rows.with_tags(attributes, tags))
    )
    return version_id


def set_object_acl(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    acl: ObjectAcl,
    write_rule: WriteRule | None = None,
    version: NamedVersion | None = None,
) -> str | None:
    """Change the ACL of an object, or of one version; the id of the version.

    Refusals: as of `set_object_tags`.
    """
    table, here, version_id = _place(connection, bucket, key, write_rule, version)
    connection.execute(update(table).where(*here).values(acl=str(acl)))
    return version_id


def _place(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    write_rule: WriteRule | None,
    version: NamedVersion | None,
) -> tuple[Table, tuple[Any, ...], str | None]:
    """The table and the conditions that select an object, or one version, and the version's id."""
    cursor = connection.connection.cursor()
    found = _find_standing(cursor, bucket.id, key, version)
    if write_rule is not None:
        ask_write_rule(write_rule, bucket_state(cursor, bucket).acl, as_object(found.version))
    if found.version is None or (version is None and found.version.delete_marker):
        raise missing_version(key, version)
    if found.version.delete_marker:
        raise delete_marker_named(found.version.version_id)
    return *version_place(bucket.id, key, found.sequence), found.version.version_id
