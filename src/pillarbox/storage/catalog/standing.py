"""What stands under a key, and what may take its place: asked by each transaction that writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table

from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule
from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import FILE_ALREADY_EXISTS, NO_SUCH_BUCKET
from pillarbox.model.versioning import Versioning
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage.catalog import statements, version_statements
from pillarbox.storage.catalog.rows import tags_of
from pillarbox.storage.catalog.schema import noncurrent_versions, objects

#: The shard of `bucket_usage` of a catalog that one node writes.
SHARD = 0


class BucketState(NamedTuple):
    """What a bucket says about writes."""

    acl: BucketAcl
    versioning: Versioning


class Standing(NamedTuple):
    """What a version of a key is: in the catalog, or put by a batch.

    Attributes:
        version_id: null for the null version.
        attributes: the catalog's column, or what a put of this batch says.
    """

    blob_id: str | None
    size: int
    acl: str
    etag: str
    version_id: str | None
    delete_marker: bool
    attributes: str | ObjectSpec

    def tags(self) -> Mapping[str, str]:
        """The object's tags."""
        if isinstance(self.attributes, ObjectSpec):
            return self.attributes.tags
        return tags_of(self.attributes)

    @property
    def usage(self) -> Usage:
        """What it counts for in its bucket."""
        return Usage(self.size, 0 if self.delete_marker else 1)


def find_bucket_state(cursor: Any, bucket_id: int) -> BucketState | None:
    """The state of a bucket, by a cursor of the driver; None if it no longer stands."""
    row = cursor.execute(statements.BUCKET_STATE, (bucket_id,)).fetchone()
    return None if row is None else BucketState(BucketAcl(row[0]), Versioning(row[1]))


def bucket_state(cursor: Any, bucket: Bucket) -> BucketState:
    """The same of a bucket that must stand; refusal `NoSuchBucket`."""
    state = find_bucket_state(cursor, bucket.id)
    if state is None:
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    return state


def current_version(cursor: Any, bucket_id: int, key: bytes) -> Standing | None:
    """The current version of a key, which may be a delete marker, by a cursor of the driver."""
    row = cursor.execute(statements.CURRENT, (bucket_id, key)).fetchone()
    return None if row is None else Standing(*row)


def noncurrent_version(
    cursor: Any, bucket_id: int, key: bytes, version_id: str | None
) -> tuple[Standing, int] | None:
    """Another version of a key than the current one, and its sequence; by a cursor of the driver.

    Args:
        version_id: None for the null version.
    """
    row = cursor.execute(version_statements.NONCURRENT, (bucket_id, key, version_id)).fetchone()
    return None if row is None else (Standing(*row[:-1]), row[-1])


def version_place(
    bucket_id: int, key: bytes, sequence: int | None
) -> tuple[Table, tuple[ColumnElement[bool], ...]]:
    """The table, and the conditions, that select a version; no sequence for the current one."""
    table = objects if sequence is None else noncurrent_versions
    here = (table.c.bucket_id == bucket_id, table.c.key == key)
    return table, here if sequence is None else (*here, table.c.sequence == sequence)


def standing_object(cursor: Any, bucket_id: int, key: bytes) -> Standing | None:
    """The object that stands under a key, by a cursor of the driver."""
    return as_object(current_version(cursor, bucket_id, key))


def as_object(version: Standing | None) -> Standing | None:
    """`version`, unless it is a delete marker: under that there is no object."""
    return None if version is None or version.delete_marker else version


def ask_write_rule(rule: WriteRule | None, acl: BucketAcl, before: Standing | None) -> None:
    """Raise what `rule` raises when it sees the ACLs and tags as they stand.

    Args:
        acl: of the bucket.
        before: the object under the key.
    """
    if rule is None:
        return
    if before is None:
        rule(acl, ObjectAcl.DEFAULT, dict)
    else:
        rule(acl, ObjectAcl(before.acl), before.tags)


def check_overwrite(spec: ObjectSpec, before: Standing | None, versioning: Versioning) -> None:
    """Raise why the object of `spec` may not take the place of the object `before`.

    Refusals: `FileAlreadyExists`, and what `spec.condition` raises.
    """
    if before is not None and spec.forbids_overwrite(versioning):
        raise FILE_ALREADY_EXISTS()
    check_condition(spec.condition, spec.key, before)


def check_condition(condition: WriteCondition | None, key: bytes, before: Standing | None) -> None:
    """Raise what `condition` raises when it sees the object under the key."""
    if condition is not None:
        condition.check(key, None if before is None else before.etag)


def count_usage(connection: Connection, bucket_id: int, more: Usage) -> None:
    """Add to what a bucket is known to hold; `more` may be negative."""
    execute = connection.connection.cursor().execute
    execute(statements.ADD_USAGE, (bucket_id, SHARD, more.objects, more.bytes, more.part_bytes))
