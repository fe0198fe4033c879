"""Putting many objects in one transaction: the inside of a group commit.

The objects of a batch are judged in the order in which they came, as if each had its own
transaction: of two for one key the later wins, and forbid-overwrite, conditions, quotas and the
right to write see what came before. Only what is left at the end is written; where versions are
kept that is all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from pillarbox.model.acl import WriteRule
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import Digests, ObjectSpec, StoredObject
from pillarbox.model.quotas import Usage
from pillarbox.model.refusals import NO_SUCH_BUCKET, Refusal
from pillarbox.model.symbolic_links import link_etag
from pillarbox.model.versioning import Versioning
from pillarbox.storage import clock
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.blob_release import release
from pillarbox.storage.catalog.outbox import WaitingCallback, put_callback
from pillarbox.storage.catalog.quotas import KnownQuotas, QuotaWatch
from pillarbox.storage.catalog.rows import object_row
from pillarbox.storage.catalog.standing import (
    BucketState,
    Standing,
    as_object,
    ask_write_rule,
    check_overwrite,
    count_usage,
    current_version,
    find_bucket_state,
)
from pillarbox.storage.catalog.succession import Succession, succession


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

    @property
    def etag(self) -> str:
        """Of its bytes; a link has one of its own."""
        target = self.spec.symlink_target
        return self.digests.etag if target is None else link_etag(target)

    @property
    def object_type(self) -> ObjectType:
        """That of an object in one piece, unless it is a link."""
        return ObjectType.NORMAL if self.spec.symlink_target is None else ObjectType.SYMLINK


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
    states: dict[int, BucketState | None] = {}
    watch = QuotaWatch(cursor, quotas)
    effects = _Effects()
    outcomes: list[StoredObject | Refusal] = []
    for put in puts:
        place = (put.bucket_id, put.spec.key)
        if put.bucket_id not in states:
            states[put.bucket_id] = find_bucket_state(cursor, put.bucket_id)
        if place not in standing:
            standing[place] = current_version(cursor, *place)
        current = standing[place]
        try:
            state = _judge(put, states[put.bucket_id], as_object(current))
            following = succession(cursor, *place, state.versioning, current)
            growth = following.growth(Usage(put.digests.size, 1))
            watch.admit(put.bucket_id, growth)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        standing[place] = _standing(put, following.version_id)
        effects.usage[put.bucket_id] = effects.usage.get(put.bucket_id, Usage()) + growth
        if put.callback is not None:
            shown = state.versioning.shown_id(following.version_id)
            effects.callbacks.append(replace(put.callback, version_id=shown))
        if state.versioning is Versioning.NEVER:
            _note(effects, put, following, now_ms)
        else:
            _put_version(cursor, put, following, now_ms)
        outcomes.append(_stored(put, now_ms, following.version_id))
    _write(connection, cursor.execute, effects, now_ms)
    cursor.close()
    return outcomes


def _judge(put: Put, state: BucketState | None, before: Standing | None) -> BucketState:
    """Raise why an object can't be put; gives the state of the bucket."""
    if state is None:
        raise NO_SUCH_BUCKET(BucketName=put.bucket_name)
    ask_write_rule(put.write_rule, state.acl, before)
    check_overwrite(put.spec, before, state.versioning)
    return state


def _standing(put: Put, version_id: str | None) -> Standing:
    return Standing(
        put.blob_id,
        put.digests.size,
        str(put.spec.acl),
        put.etag,
        version_id,
        delete_marker=False,
        attributes=put.spec,
    )


def _row(put: Put, version_id: str | None, now_ms: int) -> tuple[Any, ...]:
    return object_row(
        put.bucket_id,
        put.spec,
        put.owner_id,
        put.digests,
        put.blob_id,
        now_ms,
        etag=put.etag,
        object_type=put.object_type,
        version_id=version_id,
    )


def _note(effects: _Effects, put: Put, following: Succession, now_ms: int) -> None:
    """Note an object that takes the place of another, which is gone."""
    effects.objects[put.bucket_id, put.spec.key] = _row(put, None, now_ms)
    if put.inline is not None and put.blob_id is not None:
        effects.inline[put.blob_id] = put.inline
    before = following.replaced
    if before is not None and before.blob_id is not None:
        if effects.inline.pop(before.blob_id, None) is not None:
            pass  # it came in this batch and need never be written
        else:
            effects.released.append(before.blob_id)


def _put_version(cursor: Any, put: Put, following: Succession, now_ms: int) -> None:
    """Write a version at once: the next of its key in this batch finds it among the others."""
    following.write(cursor, _row(put, following.version_id, now_ms), now_ms)
    if put.inline is not None and put.blob_id is not None:
        cursor.execute(statements.PUT_INLINE[1], (put.blob_id, put.inline))


def _write(connection: Connection, execute: Any, effects: _Effects, now_ms: int) -> None:
    statements.write_rows(execute, statements.PUT_OBJECTS, list(effects.objects.values()))
    statements.write_rows(execute, statements.PUT_INLINE, list(effects.inline.items()))
    release(execute, effects.released, now_ms)
    for callback in effects.callbacks:
        put_callback(connection.connection.cursor(), callback)
    for bucket_id, more in effects.usage.items():
        count_usage(connection, bucket_id, more)


def _stored(put: Put, modified_ms: int, version_id: str | None) -> StoredObject:
    return StoredObject.of(
        put.spec,
        bucket_id=put.bucket_id,
        owner_id=put.owner_id,
        blob_id=put.blob_id,
        size=put.digests.size,
        etag=put.etag,
        md5=put.digests.md5,
        crc64=put.digests.crc64,
        modified_ms=modified_ms,
        object_type=put.object_type,
        version_id=version_id,
    )
