"""Putting many objects in one transaction: the inside of a group commit.

The objects of a batch are judged in the order in which they came, as if each had its own
transaction: of two for one key the later wins, and forbid-overwrite, conditions, quotas and the
right to write see what came before. Only what is left at the end is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule
from pillarbox.model.objects import Digests, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import FILE_ALREADY_EXISTS, NO_SUCH_BUCKET, Refusal
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage import clock
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.outbox import WaitingCallback, put_callback
from pillarbox.storage.catalog.quotas import KnownQuotas, QuotaWatch
from pillarbox.storage.catalog.rows import object_row, tags_of

#: The shard of `bucket_usage` of a catalog that one node writes.
SHARD = 0


@dataclass(frozen=True, slots=True, eq=False)
class Put:
    """An object whose bytes are safe, about to become visible.

    Attributes:
        bucket_name: for the refusal.
        inline: its bytes if the catalog is to keep them.
        write_rule: asked whether the writer still may; None for who always may.
        callback: to be written with the object.
    """

    bucket_id: int
    bucket_name: str
    spec: ObjectSpec
    owner_id: str
    digests: Digests
    blob_id: str | None
    inline: bytes | bytearray | None = None
    write_rule: WriteRule | None = None
    callback: WaitingCallback | None = None


class Standing(NamedTuple):
    """What stands under a key: in the catalog, or put by this batch."""

    blob_id: str | None
    size: int
    acl: str
    etag: str
    attributes: str | ObjectSpec

    def tags(self) -> Mapping[str, str]:
        """The object's tags: of a put of this batch, or read from the catalog's column."""
        if isinstance(self.attributes, ObjectSpec):
            return self.attributes.tags
        return tags_of(self.attributes)


@dataclass(slots=True)
class _Effects:
    """What a batch comes to."""

    objects: dict[tuple[int, bytes], tuple[Any, ...]] = field(default_factory=dict)
    inline: dict[str, bytes | bytearray] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    usage: dict[int, Usage] = field(default_factory=dict)
    callbacks: list[WaitingCallback] = field(default_factory=list)


def apply_puts(
    connection: Connection, puts: Sequence[Put], quotas: KnownQuotas
) -> list[StoredObject | Refusal]:
    """Put the objects; for each, in order, the stored object or why it was refused."""
    if not puts:
        return []
    cursor = connection.connection.cursor()
    now_ms = clock.now_ms()
    standing: dict[tuple[int, bytes], Standing | None] = {}
    bucket_acls: dict[int, str | None] = {}
    watch = QuotaWatch(cursor, quotas)
    effects = _Effects()
    outcomes: list[StoredObject | Refusal] = []
    for put in puts:
        place = (put.bucket_id, put.spec.key)
        if put.bucket_id not in bucket_acls:
            bucket_acls[put.bucket_id] = bucket_acl(cursor, put.bucket_id)
        if place not in standing:
            standing[place] = standing_object(cursor, *place)
        before = standing[place]
        try:
            _judge(put, bucket_acls[put.bucket_id], before)
            watch.admit(put.bucket_id, growth(before, put.digests.size))
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        standing[place] = Standing(
            put.blob_id, put.digests.size, put.spec.acl, put.digests.etag, put.spec
        )
        _note(effects, put, before, now_ms)
        outcomes.append(_stored(put, now_ms))
    _write(connection, cursor.execute, effects, now_ms)
    cursor.close()
    return outcomes


def bucket_acl(cursor: Any, bucket_id: int) -> str | None:
    """The ACL of a bucket, by a cursor of the driver; None if it no longer stands."""
    row = cursor.execute(statements.BUCKET_ACL, (bucket_id,)).fetchone()
    return None if row is None else row[0]


def standing_object(cursor: Any, bucket_id: int, key: bytes) -> Standing | None:
    """What stands under a key in the catalog, by a cursor of the driver."""
    row = cursor.execute(statements.REPLACED, (bucket_id, key)).fetchone()
    return None if row is None else Standing(*row)


def growth(before: Standing | None, size: int) -> Usage:
    """What an object of `size` bytes adds to its bucket if it takes the place of `before`."""
    return Usage(size, 1) if before is None else Usage(size - before.size)


def write_object(cursor: Any, stored: StoredObject, spec: ObjectSpec) -> None:
    """Make a single object visible, by a cursor of the driver.

    Args:
        stored: what it will be.
        spec: of the same object.
    """
    row = object_row(
        stored.bucket_id,
        spec,
        stored.owner_id,
        Digests(stored.size, stored.md5, stored.crc64),
        stored.blob_id,
        stored.modified_ms,
        etag=stored.etag,
        object_type=stored.object_type,
    )
    statements.write_rows(cursor.execute, statements.PUT_OBJECTS, [row])


def ask_write_rule(rule: WriteRule | None, bucket_acl: str, before: Standing | None) -> None:
    """Raise what `rule` raises when it sees the ACLs and tags as they stand."""
    if rule is None:
        return
    if before is None:
        rule(BucketAcl(bucket_acl), ObjectAcl.DEFAULT, dict)
    else:
        rule(BucketAcl(bucket_acl), ObjectAcl(before.acl), before.tags)


def check_overwrite(spec: ObjectSpec, before: Standing | None) -> None:
    """Raise why the object of `spec` may not take the place of `before`.

    Refusals: `FileAlreadyExists`, and what `spec.condition` raises.
    """
    if before is not None and spec.forbid_overwrite:
        raise FILE_ALREADY_EXISTS()
    check_condition(spec.condition, spec.key, before)


def check_condition(condition: WriteCondition | None, key: bytes, before: Standing | None) -> None:
    """Raise what `condition` raises when it sees what stands under the key."""
    if condition is not None:
        condition.check(key, None if before is None else before.etag)


def _judge(put: Put, bucket_acl: str | None, before: Standing | None) -> None:
    """Raise why an object can't be put."""
    if bucket_acl is None:
        raise NO_SUCH_BUCKET(BucketName=put.bucket_name)
    ask_write_rule(put.write_rule, bucket_acl, before)
    check_overwrite(put.spec, before)


def _note(effects: _Effects, put: Put, before: Standing | None, now_ms: int) -> None:
    effects.objects[put.bucket_id, put.spec.key] = object_row(
        put.bucket_id, put.spec, put.owner_id, put.digests, put.blob_id, now_ms
    )
    if put.inline is not None and put.blob_id is not None:
        effects.inline[put.blob_id] = put.inline
    if before is not None and before.blob_id is not None:
        if effects.inline.pop(before.blob_id, None) is not None:
            pass  # it came in this batch and need never be written
        else:
            effects.released.append(before.blob_id)
    if put.callback is not None:
        effects.callbacks.append(put.callback)
    counted = effects.usage.get(put.bucket_id, Usage())
    effects.usage[put.bucket_id] = counted + growth(before, put.digests.size)


def _write(connection: Connection, execute: Any, effects: _Effects, now_ms: int) -> None:
    statements.write_rows(execute, statements.PUT_OBJECTS, list(effects.objects.values()))
    statements.write_rows(execute, statements.PUT_INLINE, list(effects.inline.items()))
    release(execute, effects.released, now_ms)
    for callback in effects.callbacks:
        put_callback(connection.connection.cursor(), callback)
    for bucket_id, more in effects.usage.items():
        count_usage(connection, bucket_id, more)


def count_usage(connection: Connection, bucket_id: int, more: Usage) -> None:
    """Add to what a bucket is known to hold; `more` may be negative."""
    execute = connection.connection.cursor().execute
    execute(statements.ADD_USAGE, (bucket_id, SHARD, more.objects, more.bytes, more.part_bytes))


def _stored(put: Put, modified_ms: int) -> StoredObject:
    spec, digests = put.spec, put.digests
    return StoredObject(
        bucket_id=put.bucket_id,
        key=spec.key,
        blob_id=put.blob_id,
        size=digests.size,
        etag=digests.etag,
        md5=digests.md5,
        crc64=digests.crc64,
        modified_ms=modified_ms,
        headers=spec.headers,
        acl=spec.acl,
        owner_id=put.owner_id,
        tags=spec.tags,
        storage_class=spec.storage_class,
        encryption=spec.encryption,
        checksum=spec.checksum,
    )
