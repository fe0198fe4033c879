"""Versions of objects where a bucket keeps them: writes, deletions, reads, and what is counted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.versioning import NamedVersion, Versioning
from pillarbox.model.write_condition import ABSENT, PRESENT, WriteCondition
from pillarbox.storage.store import Store
from tests.refusing import refused
from tests.storage.recount import miscounts
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows

K = b"k"


def in_a_loop(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    @wraps(test)
    def run(data_dir: Path) -> None:
        asyncio.run(test(data_dir))
        check_counters(data_dir)

    return run


def check_counters(data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog:
        assert miscounts(catalog) == []


async def keep(store: Store, bucket: Bucket, versioning: Versioning = Versioning.ENABLED) -> None:
    await store.set_bucket_versioning(bucket, versioning)


async def ids(store: Store, bucket: Bucket, key: bytes = K) -> list[str | None]:
    """Of all versions of a key, the current one first."""
    listing = await store.versions.list(bucket, prefix=key, max_keys=1000)
    assert [one.is_latest for one in listing.versions] == [
        number == 0 for number in range(len(listing.versions))
    ]
    return [one.version_id for one in listing.versions]


async def text_of(store: Store, stored: StoredObject | None) -> bytes:
    assert stored is not None
    return await content_of(store, stored)


def find(store: Store, bucket: Bucket, version_id: str | None) -> Any:
    return store.versions.find(bucket, K, NamedVersion(version_id))


@in_a_loop
async def test_each_write_is_a_version(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await put(store, bucket, K, b"before")
        await keep(store, bucket)
        texts = [b"1", b"2" * LARGE, b"3"]
        made = [await put(store, bucket, K, text) for text in texts]
        names = [stored.version_id for stored in made]
        assert None not in names
        assert await ids(store, bucket) == [*reversed(names), None]
        assert (await store.object(bucket, K)) == made[-1]
        for stored, text in zip(made, texts, strict=True):
            assert await text_of(store, await find(store, bucket, stored.version_id)) == text
        assert await text_of(store, await find(store, bucket, None)) == b"before"
        assert await find(store, bucket, "0" * 32) is None
        stat = await store.bucket_stat(bucket)
        assert (stat.objects, stat.size) == (4, LARGE + 8)


@in_a_loop
async def test_writes_of_one_batch_are_all_kept(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        await asyncio.gather(*(put(store, bucket, K, b"%d" % n) for n in range(20)))
        found = [await find(store, bucket, name) for name in await ids(store, bucket)]
        texts = {await text_of(store, one) for one in found}
        assert texts == {b"%d" % n for n in range(20)}


@in_a_loop
async def test_a_deletion_leaves_a_marker(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        stored = await put(store, bucket, K, b"1")
        deletion = await store.delete_object(bucket, K)
        assert (deletion.was_there, deletion.is_delete_marker) == (True, True)
        assert await store.object(bucket, K) is None
        assert (await store.list_objects(bucket)).objects == ()
        marker = await store.versions.find(bucket, K, None)
        assert marker is not None
        assert (marker.is_delete_marker, marker.version_id) == (True, deletion.version_id)
        assert await text_of(store, await find(store, bucket, stored.version_id)) == b"1"
        again = await store.delete_object(bucket, K)
        assert (again.was_there, again.is_delete_marker) == (False, True)
        assert await ids(store, bucket) == [
            again.version_id,
            deletion.version_id,
            stored.version_id,
        ]
        stat = await store.bucket_stat(bucket)
        assert (stat.objects, stat.size, stat.delete_markers) == (1, 1, 2)
        with refused("BucketNotEmpty", 409, ec="0015-00000301", BucketName=bucket.name):
            await store.delete_bucket(bucket)


@in_a_loop
async def test_the_youngest_that_is_left_is_the_current_one(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        one = await put(store, bucket, K, b"1" * LARGE)
        two = await put(store, bucket, K, b"2")
        marker = await store.delete_object(bucket, K)
        gone = await store.delete_object(bucket, K, version=NamedVersion(marker.version_id))
        assert (gone.was_there, gone.is_delete_marker) == (True, True)
        assert await store.object(bucket, K) == two
        await store.delete_object(bucket, K, version=NamedVersion(two.version_id))
        assert await text_of(store, await store.object(bucket, K)) == b"1" * LARGE
        gone = await store.delete_object(bucket, K, version=NamedVersion("0" * 32))
        assert not gone.was_there
        await store.delete_object(bucket, K, version=NamedVersion(one.version_id))
        assert await ids(store, bucket) == []
        await store.delete_bucket(bucket)
    garbage = {blob_id for (blob_id,) in rows(data_dir, "SELECT blob_id FROM garbage")}
    assert garbage == {path.name for path in blob_files(data_dir)}
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@pytest.mark.parametrize("size", [1, LARGE])
def test_suspended_there_is_one_null_version(data_dir: Path, size: int) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, K, b"0" * size)
            await keep(store, bucket)
            named = await put(store, bucket, K, b"1" * size)
            await keep(store, bucket, Versioning.SUSPENDED)
            await put(store, bucket, K, b"2" * size)
            assert await ids(store, bucket) == [None, named.version_id]
            await put(store, bucket, K, b"3" * size)
            assert await ids(store, bucket) == [None, named.version_id]
            assert await text_of(store, await store.object(bucket, K)) == b"3" * size
            deletion = await store.delete_object(bucket, K)
            assert (deletion.version_id, deletion.is_delete_marker) == (None, True)
            assert await ids(store, bucket) == [None, named.version_id]
            await keep(store, bucket)
            last = await put(store, bucket, K, b"4" * size)
            assert await ids(store, bucket) == [last.version_id, None, named.version_id]
            stat = await store.bucket_stat(bucket)
            assert (stat.objects, stat.size, stat.delete_markers) == (2, 2 * size, 1)

    asyncio.run(run())
    check_counters(data_dir)
    kept = rows(data_dir, "SELECT count(*) FROM inline_blobs")[0][0] if size == 1 else 2
    assert kept == 2


@in_a_loop
async def test_nothing_is_overwritten_so_nothing_is_forbidden(data_dir: Path) -> None:
    spec = ObjectSpec(K, forbid_overwrite=True)
    async with opened(data_dir) as (store, bucket):
        for versioning in (Versioning.ENABLED, Versioning.SUSPENDED):
            await keep(store, bucket, versioning)
            for _ in range(2):
                upload = store.begin_upload(bucket)
                await upload.write(b"x")
                await upload.commit(spec, OWNER)
        assert len(await ids(store, bucket)) == 3


@in_a_loop
async def test_conditions_see_the_current_version(data_dir: Path) -> None:
    def conditional(condition: WriteCondition) -> ObjectSpec:
        return ObjectSpec(K, condition=condition)

    async def write(store: Store, bucket: Bucket, condition: WriteCondition) -> StoredObject:
        upload = store.begin_upload(bucket)
        await upload.write(b"x")
        return await upload.commit(conditional(condition), OWNER)

    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        old = await put(store, bucket, K, b"old")
        with refused("PreconditionFailed", 412, Condition="If-None-Match"):
            await write(store, bucket, ABSENT)
        await store.delete_object(bucket, K)
        with refused("NoSuchKey", 404, ec="0026-00000001", Key="k"):
            await write(store, bucket, PRESENT)
        new = await write(store, bucket, ABSENT)
        of_old = WriteCondition(is_present=True, etag=old.etag)
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            await store.delete_object(bucket, K, None, of_old)
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            await store.delete_object(bucket, K, None, of_old, NamedVersion(new.version_id))
        await store.delete_object(bucket, K, None, of_old, NamedVersion(old.version_id))
        assert len(await ids(store, bucket)) == 2


@in_a_loop
async def test_acl_and_tags_are_a_version_s_own(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        one = await put(store, bucket, K, b"1")
        two = await put(store, bucket, K, b"2")
        first = NamedVersion(one.version_id)
        assert await store.set_object_tags(bucket, K, {"a": "1"}, version=first) == one.version_id
        assert await store.set_object_acl(bucket, K, ObjectAcl.PUBLIC_READ) == two.version_id
        found = await find(store, bucket, one.version_id)
        assert (found.tags, found.acl) == ({"a": "1"}, ObjectAcl.DEFAULT)
        found = await find(store, bucket, two.version_id)
        assert (found.tags, found.acl) == ({}, ObjectAcl.PUBLIC_READ)
        marker = NamedVersion((await store.delete_object(bucket, K)).version_id)
        with refused("NoSuchKey", 404, ec="0026-00000001", Key="k"):
            await store.set_object_tags(bucket, K, {})
        named = {"ResourceType": "DELETE_MARKER", "VersionId": str(marker.id)}
        with refused("MethodNotAllowed", 405, **named):
            await store.set_object_acl(bucket, K, ObjectAcl.PRIVATE, version=marker)
        with refused("NoSuchVersion", 404, Key="k", VersionId="0" * 32):
            await store.set_object_tags(bucket, K, {}, version=NamedVersion("0" * 32))


@in_a_loop
async def test_a_former_version_is_copied(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        old = await put(store, bucket, K, b"1" * LARGE)
        await put(store, bucket, K, b"2")
        copied = await store.copy_object(old, bucket, ObjectSpec(K), OWNER)
        assert copied is not None
        assert len(await ids(store, bucket)) == 3
        await store.delete_object(bucket, K, version=NamedVersion(old.version_id))
        assert await text_of(store, await store.object(bucket, K)) == b"1" * LARGE
        assert await store.copy_object(old, bucket, ObjectSpec(b"other"), OWNER) is None
    assert rows(data_dir, "SELECT count(*) FROM garbage") == [(0,)]


@in_a_loop
async def test_pages_of_versions(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        for key in (b"a", b"b/1", b"b/2", b"c"):
            for text in (b"1", b"2", b"3"):
                await put(store, bucket, key, text)
        await store.delete_object(bucket, b"a")
        whole = (await store.versions.list(bucket, max_keys=1000)).versions
        assert len(whole) == 13
        for size in (1, 2, 5, 13):
            found: list[Any] = []
            after: tuple[bytes, NamedVersion | None] = (b"", None)
            while True:
                page = await store.versions.list(
                    bucket, start_after=after[0], after_version=after[1], max_keys=size
                )
                found += page.versions
                if page.next_after is None:
                    break
                assert len(page.versions) == size
                after = page.next_after
            assert tuple(found) == whole
        rolled = await store.versions.list(bucket, delimiter=b"/", max_keys=6)
        assert rolled.common_prefixes == (b"b/",)
        assert rolled.next_after == (b"c", NamedVersion(rolled.versions[-1].version_id))
        behind = await store.versions.list(bucket, delimiter=b"/", start_after=b"b/", max_keys=9)
        assert [one.key for one in behind.versions] == [b"c"] * 3


@in_a_loop
async def test_a_page_after_a_version_that_is_gone(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await keep(store, bucket)
        for text in (b"1", b"2", b"3", b"4"):
            await put(store, bucket, K, text)
        await put(store, bucket, b"l", b"1")
        page = await store.versions.list(bucket, max_keys=2)
        for one in page.versions:
            await store.delete_object(bucket, K, version=NamedVersion(one.version_id))
        assert page.next_after is not None
        rest = await store.versions.list(
            bucket, start_after=page.next_after[0], after_version=page.next_after[1]
        )
        assert [one.key for one in rest.versions] == [K, K, b"l"]
