"""Single objects in the catalog: find, delete, change ACL and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from pillarbox.model.acl import ObjectAcl, WriteRule
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import NO_SUCH_BUCKET, NO_SUCH_KEY, Refusal
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage import clock
from pillarbox.storage.catalog import rows, statements
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.put_objects import (
    ask_write_rule,
    bucket_acl,
    check_condition,
    count_usage,
    standing_object,
)
from pillarbox.storage.catalog.schema import IS_CURRENT, objects


def find_object(cursor: Any, bucket_id: int, key: bytes) -> StoredObject | None:
    """The object under a key, by a cursor of the driver."""
    row = cursor.execute(statements.OBJECT, (bucket_id, key)).fetchone()
    return None if row is None else rows.stored_object(row)


def inline_bytes(cursor: Any, blob_id: str) -> bytes | None:
    """The bytes of a blob that the catalog keeps, by a cursor of the driver."""
    row = cursor.execute(statements.INLINE_BYTES, (blob_id,)).fetchone()
    return None if row is None else row[0]


def delete_object(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    write_rule: WriteRule | None,
    condition: WriteCondition | None = None,
) -> bool:
    """Delete the object under a key; whether there was one. Its blob is released.

    Refusals: `NoSuchBucket` if the bucket no longer stands, what `write_rule` raises when it sees
    the ACLs as they are now, and then what `condition` raises.
    """
    cursor = connection.connection.cursor()
    acl = bucket_acl(cursor, bucket.id)
    if acl is None:
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    before = standing_object(cursor, bucket.id, key)
    ask_write_rule(write_rule, acl, before)
    check_condition(condition, key, before)
    if before is None:
        return False
    cursor.execute(statements.DELETE_OBJECT, (bucket.id, key))
    if before.blob_id is not None:
        release(cursor.execute, [before.blob_id], clock.now_ms())
    count_usage(connection, bucket.id, Usage(-before.size, -1))
    return True


def delete_objects(
    connection: Connection, bucket: Bucket, rules: Mapping[bytes, WriteRule | None]
) -> None:
    """Delete the objects under several keys, all or none; keys without an object are no matter.

    Args:
        rules: each key with its rule, as of `delete_object`.

    Refusals: as of `delete_object`; one that concerns a key names it in `Key`.
    """
    cursor = connection.connection.cursor()
    acl = bucket_acl(cursor, bucket.id)
    if acl is None:
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    for key, rule in rules.items():
        if rule is None:
            continue
        try:
            ask_write_rule(rule, acl, standing_object(cursor, bucket.id, key))
        except Refusal as refusal:
            refusal.details["Key"] = key.decode("utf-8", "replace")
            raise
    for key in rules:
        delete_object(connection, bucket, key, None)


def set_object_tags(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    tags: Mapping[str, str],
    write_rule: WriteRule | None = None,
) -> None:
    """Give an object these tags and no others.

    Refusals: `NoSuchKey`, and what `write_rule` raises when it sees what stands.
    """
    _check_changeable(connection, bucket, key, write_rule)
    bucket_id = bucket.id
    here = (objects.c.bucket_id == bucket_id, objects.c.key == key, IS_CURRENT)
    attributes = connection.execute(select(objects.c.attributes).where(*here)).scalar()
    if attributes is None:
        raise NO_SUCH_KEY(Key=key.decode("utf-8", "replace"))
    connection.execute(
        update(objects).where(*here).values(attributes=rows.with_tags(attributes, tags))
    )


def set_object_acl(
    connection: Connection,
    bucket: Bucket,
    key: bytes,
    acl: ObjectAcl,
    write_rule: WriteRule | None = None,
) -> None:
    """Change an object's ACL.

    Refusals: `NoSuchKey`, and what `write_rule` raises when it sees what stands.
    """
    _check_changeable(connection, bucket, key, write_rule)
    changed = connection.execute(
        update(objects)
        .where(objects.c.bucket_id == bucket.id, objects.c.key == key, IS_CURRENT)
        .values(acl=str(acl))
    )
    if changed.rowcount == 0:
        raise NO_SUCH_KEY(Key=key.decode("utf-8", "replace"))


def _check_changeable(
    connection: Connection, bucket: Bucket, key: bytes, write_rule: WriteRule | None
) -> None:
    """Raise what `write_rule` raises when it sees what stands under the key."""
    if write_rule is None:
        return
    cursor = connection.connection.cursor()
    acl = bucket_acl(cursor, bucket.id)
    if acl is None:
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    ask_write_rule(write_rule, acl, standing_object(cursor, bucket.id, key))
