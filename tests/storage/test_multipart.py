"""Uploads in parts at the store's door: completed, aborted, both at once, cleared up."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastcrc import crc64

from pillarbox.jobs.reaper import reap
from pillarbox.jobs.sweep import sweep
from pillarbox.model.multipart import MAX_PART_NUMBER, MIN_PART_SIZE, MultipartUpload, Part
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.storage.catalog.rows import signed
from pillarbox.storage.multipart import OSS_PARTS, PartRules
from pillarbox.storage.store import Store
from pillarbox.storage.upkeep import Upkeep
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, rows
from tests.storage.stores import put as put_object

SPEC = ObjectSpec(b"k", ObjectHeaders("image/png", {"Cache-Control": "no-cache"}, {"a": "1"}))


async def begun(store: Store, bucket: Bucket, key: bytes = b"k") -> MultipartUpload:
    spec = ObjectSpec(key, SPEC.headers)
    upload_id = await store.multipart.begin(bucket, spec, OWNER, None)
    return await store.multipart.find(bucket, key, upload_id)


async def put_part(
    store: Store, bucket: Bucket, upload: MultipartUpload, number: int, content: bytes
) -> Part:
    writing = store.begin_upload(bucket)
    await writing.write(content)
    return await writing.commit_part(upload.spec.key, upload.id, number)


async def complete(
    store: Store,
    bucket: Bucket,
    upload: MultipartUpload,
    parts: Sequence[Part] | None = None,
    rules: PartRules = OSS_PARTS,
) -> StoredObject:
    wanted = None if parts is None else [(part.number, part.etag) for part in parts]
    completion = await store.multipart.reckon(upload, wanted, rules=rules)
    return await store.multipart.complete(bucket, completion, None)


async def range_of(store: Store, stored: StoredObject, offset: int, length: int) -> bytes:
    reader = await store.open_object(stored)
    try:
        return b"".join([piece async for piece in reader.chunks(offset, length)])
    finally:
        reader.close()


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=f"^{code}:")


def reaped(data_dir: Path) -> int:
    """Clear up without any grace; how many blobs and lists went."""
    with closing(Upkeep(data_dir)) as upkeep:
        now_ms = time.time_ns() // 1_000_000 + 1000
        total = 0
        while count := reap(upkeep, now_ms, 0):
            total += count
        list(sweep(upkeep))
        return total


LARGE_PART = b"a" * LARGE
SMALL_PART = b"b" * 70
TINY_PART = b"c" * (MIN_PART_SIZE - 1)


@in_a_loop
async def test_parts_become_an_object(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        last = await put_part(store, bucket, upload, 9, SMALL_PART)
        first = await put_part(store, bucket, upload, 2, LARGE_PART)
        assert await store.multipart.parts(upload) == [first, last]
        stored = await complete(store, bucket, upload, [first, last])
        content = LARGE_PART + SMALL_PART
        assert await store.object(bucket, b"k") == stored
        assert (stored.size, stored.object_type) == (len(content), "Multipart")
        assert stored.crc64 == crc64.xz(content)
        digest = hashlib.md5(first.md5 + last.md5).hexdigest().upper()
        assert stored.etag == f"{digest}-2"
        assert stored.headers == SPEC.headers
        assert await content_of(store, stored) == content
        with refused("NoSuchUpload"):
            await store.multipart.find(bucket, b"k", upload.id)
    # No byte was copied: the large part's file is the object's.
    assert len(blob_files(data_dir)) == 1
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, len(content))]
    assert rows(data_dir, "SELECT count(*) FROM parts") == [(0,)]


@in_a_loop
async def test_nothing_is_visible_before(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await put_object(store, bucket, b"k", b"old")
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        old = await store.object(bucket, b"k")
        assert old is not None
        assert await content_of(store, old) == b"old"
        await complete(store, bucket, upload)
        new = await store.object(bucket, b"k")
        assert new is not None
        assert await content_of(store, new) == LARGE_PART
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, LARGE)]
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_a_part_replaces_that_of_its_number(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        second = await put_part(store, bucket, upload, 1, LARGE_PART + b"x")
        assert await store.multipart.parts(upload) == [second]
        await put_part(store, bucket, upload, 2, SMALL_PART)
        third = await put_part(store, bucket, upload, 2, b"small")
        stored = await complete(store, bucket, upload, [second, third])
        assert await content_of(store, stored) == LARGE_PART + b"xsmall"
    assert reaped(data_dir) == 1
    assert len(blob_files(data_dir)) == 1
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(1,)]


@in_a_loop
async def test_parts_that_are_not_listed_go(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        wanted = await put_part(store, bucket, upload, 1, LARGE_PART)
        await put_part(store, bucket, upload, 2, LARGE_PART)
        await put_part(store, bucket, upload, 3, SMALL_PART)
        stored = await complete(store, bucket, upload, [wanted])
        assert stored.size == LARGE
    reaped(data_dir)
    assert len(blob_files(data_dir)) == 1
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_empty_parts(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        part = await put_part(store, bucket, upload, 1, b"")
        stored = await complete(store, bucket, upload, [part])
        assert (stored.size, stored.blob_id) == (0, None)
        assert await content_of(store, stored) == b""


@in_a_loop
async def test_abort_lets_everything_go(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        await put_part(store, bucket, upload, 2, SMALL_PART)
        assert await store.multipart.count(bucket) == (1, 2)
        await store.multipart.abort(bucket, b"k", upload.id)
        assert await store.multipart.count(bucket) == (0, 0)
        for act in (
            store.multipart.abort(bucket, b"k", upload.id),
            put_part(store, bucket, upload, 1, SMALL_PART),
            put_part(store, bucket, upload, 1, LARGE_PART),
        ):
            with refused("NoSuchUpload"):
                await act
    # What was refused left nothing; what was let go waits for the reaper.
    assert len(blob_files(data_dir)) == 1
    assert reaped(data_dir) == 1
    assert blob_files(data_dir) == []
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_an_upload_is_of_one_key(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        with refused("NoSuchUpload"):
            await store.multipart.find(bucket, b"other", upload.id)
        with refused("NoSuchUpload"):
            await store.multipart.abort(bucket, b"other", upload.id)


@in_a_loop
async def test_a_small_part_in_the_middle(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        small = await put_part(store, bucket, upload, 1, TINY_PART)
        large = await put_part(store, bucket, upload, 2, LARGE_PART)
        with refused("EntityTooSmall"):
            await complete(store, bucket, upload, [small, large])
        assert await store.object(bucket, b"k") is None
        await complete(store, bucket, upload, [small])


@in_a_loop
async def test_forbid_overwrite_is_decided_at_the_end(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        await put_object(store, bucket, b"k", b"first")
        completion = await store.multipart.reckon(upload, None, forbid_overwrite=True)
        with refused("FileAlreadyExists"):
            await store.multipart.complete(bucket, completion, None)
        found = await store.object(bucket, b"k")
        assert found is not None
        assert await content_of(store, found) == b"first"
        assert len(await store.multipart.parts(upload)) == 1


@in_a_loop
async def test_a_part_that_comes_between_is_seen(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        part = await put_part(store, bucket, upload, 1, LARGE_PART)
        completion = await store.multipart.reckon(upload, [(1, part.etag)])
        same = await put_part(store, bucket, upload, 1, LARGE_PART)
        assert same.blob_id != part.blob_id
        stored = await store.multipart.complete(bucket, completion, None)
        assert await content_of(store, stored) == LARGE_PART

        upload = await begun(store, bucket)
        completion = await store.multipart.reckon(
            upload, [(1, (await put_part(store, bucket, upload, 1, LARGE_PART)).etag)]
        )
        await put_part(store, bucket, upload, 1, b"another")
        with refused("InvalidPart"):
            await store.multipart.complete(bucket, completion, None)


@in_a_loop
async def test_complete_and_abort_at_once(data_dir: Path) -> None:
    """One of them wins, and what is left is whole."""
    async with opened(data_dir) as (store, bucket):
        for turn in range(20):
            key = b"k%d" % turn
            upload = await begun(store, bucket, key)
            parts = [await put_part(store, bucket, upload, n, LARGE_PART) for n in (1, 2)]
            acts = [
                complete(store, bucket, upload, parts),
                store.multipart.abort(bucket, key, upload.id),
                put_part(store, bucket, upload, 1, LARGE_PART),
                complete(store, bucket, upload, parts),
            ]
            order = acts[turn % 4 :] + acts[: turn % 4]
            outcomes = await asyncio.gather(*order, return_exceptions=True)
            completed = [one for one in outcomes if isinstance(one, StoredObject)]
            found = await store.object(bucket, key)
            assert len(completed) <= 1
            assert (found is not None) == bool(completed)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    assert isinstance(outcome, Refusal), outcome
                    assert outcome.code == "NoSuchUpload"
            if found is not None:
                assert await content_of(store, found) == LARGE_PART * 2
        assert await store.multipart.count(bucket) == (0, 0)
    reaped(data_dir)
    ((kept,),) = rows(data_dir, "SELECT count(*) FROM object_blobs")
    assert len(blob_files(data_dir)) == kept


def put_small_parts(data_dir: Path, upload_id: str, numbers: range) -> None:
    """Parts of five bytes, as rows that uploading them one by one would have left."""
    contents = {number: b"%05d" % number for number in numbers}
    parts = [
        (upload_id, n, f"i{0:020x}-{n:x}", 5, hashlib.md5(c).digest(), signed(crc64.xz(c)), 0)
        for n, c in contents.items()
    ]
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", parts)
        catalog.executemany(
            "INSERT INTO inline_blobs VALUES (?, ?)",
            [(row[2], contents[row[1]]) for row in parts],
        )


@in_a_loop
async def test_ten_thousand_parts(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        put_small_parts(data_dir, upload.id, range(1, MAX_PART_NUMBER + 1))
        stored = await complete(store, bucket, upload, rules=PartRules(min_size=1))
        content = b"".join(b"%05d" % number for number in range(1, MAX_PART_NUMBER + 1))
        assert stored.etag.endswith("-10000")
        assert stored.crc64 == crc64.xz(content)
        assert await range_of(store, stored, 25_003, 9) == content[25_003:25_012]
        assert await content_of(store, stored) == content
        assert (await store.delete_object(bucket, b"k")).was_there
    reaped(data_dir)
    assert rows(data_dir, "SELECT count(*) FROM object_blobs") == [(0,)]
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]
