"""Copies share their bytes: whoever goes last takes them along."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.jobs.reaper import reap
from pillarbox.jobs.sweep import sweep
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.objects import ObjectHeaders, ObjectSpec
from pillarbox.model.quotas import Quota
from pillarbox.model.refusals import Refusal
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.quotas import Quotas
from pillarbox.storage.upkeep import Upkeep
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows
from tests.storage.test_multipart import LARGE_PART, SMALL_PART, begun, complete, put_part

CONTENT = b"x" * LARGE
FAR_MS = 3_600_000


def clear_up(data_dir: Path) -> int:
    with closing(Upkeep(data_dir)) as upkeep:
        now_ms = time.time_ns() // 1_000_000 + FAR_MS
        total = 0
        while count := reap(upkeep, now_ms):
            total += count
            now_ms += FAR_MS
        list(sweep(upkeep))
        return total


@pytest.mark.parametrize("first", [b"a", b"b"])
@in_a_loop
async def test_a_file_goes_with_the_last_row(data_dir: Path, first: bytes) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"a", CONTENT)
        copy = await store.copy_object(source, bucket, ObjectSpec(b"b"), OWNER)
        assert copy is not None
        assert (copy.blob_id, copy.etag, copy.crc64) == (
            source.blob_id,
            source.etag,
            source.crc64,
        )
        assert len(blob_files(data_dir)) == 1
        await store.delete_object(bucket, first)
        assert clear_up(data_dir) == 0
        left = await store.object(bucket, b"b" if first == b"a" else b"a")
        assert left is not None
        assert await content_of(store, left) == CONTENT
        await store.delete_object(bucket, left.key)
    assert clear_up(data_dir) == 1
    assert blob_files(data_dir) == []
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(0, 0)]


@in_a_loop
async def test_an_overwrite_lets_go_as_a_deletion_does(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"a", CONTENT)
        await store.copy_object(source, bucket, ObjectSpec(b"b"), OWNER)
        await put(store, bucket, b"a", b"small")
        assert clear_up(data_dir) == 0
        await put(store, bucket, b"b", CONTENT + b"y")
        assert clear_up(data_dir) == 1
        assert len(blob_files(data_dir)) == 1


@in_a_loop
async def test_onto_itself(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        for content in (b"small", CONTENT):
            source = await put(store, bucket, b"a", content)
            spec = ObjectSpec(b"a", ObjectHeaders("text/plain", {}, {"n": "2"}), ObjectAcl.PRIVATE)
            copy = await store.copy_object(source, bucket, spec, OWNER)
            assert copy is not None
            assert await store.object(bucket, b"a") == copy
            assert (copy.headers, copy.acl) == (spec.headers, spec.acl)
            clear_up(data_dir)
            assert await content_of(store, copy) == content
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_inline_bytes_are_doubled(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"a", b"small")
        copy = await store.copy_object(source, bucket, ObjectSpec(b"b"), OWNER)
        await store.delete_object(bucket, b"a")
        assert copy is not None
        found = await store.object(bucket, b"b")
        assert found is not None
        assert await content_of(store, found) == b"small"


@in_a_loop
async def test_a_list_is_doubled_and_its_files_are_shared(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, b"a")
        await put_part(store, bucket, upload, 1, LARGE_PART)
        await put_part(store, bucket, upload, 2, SMALL_PART)
        source = await complete(store, bucket, upload)
        copy = await store.copy_object(source, bucket, ObjectSpec(b"b"), OWNER)
        assert copy is not None
        assert len(blob_files(data_dir)) == 1
        await store.delete_object(bucket, b"a")
        clear_up(data_dir)
        assert await content_of(store, copy) == LARGE_PART + SMALL_PART
        await store.delete_object(bucket, b"b")
    clear_up(data_dir)
    assert blob_files(data_dir) == []
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(0,)]


@in_a_loop
async def test_a_source_that_changed_meanwhile_is_not_copied(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        judged = await put(store, bucket, b"a", CONTENT)
        await store.set_object_acl(bucket, b"a", ObjectAcl.PRIVATE)
        assert await store.copy_object(judged, bucket, ObjectSpec(b"b"), OWNER) is None
        judged = await put(store, bucket, b"a", CONTENT)
        await store.delete_object(bucket, b"a")
        assert await store.copy_object(judged, bucket, ObjectSpec(b"b"), OWNER) is None
        assert await store.object(bucket, b"b") is None


@in_a_loop
async def test_forbid_overwrite(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"a", CONTENT)
        await put(store, bucket, b"b", b"there")
        with pytest.raises(Refusal, match="FileAlreadyExists"):
            await store.copy_object(source, bucket, ObjectSpec(b"b", forbid_overwrite=True), OWNER)


@in_a_loop
async def test_who_reads_a_list_reads_it_to_its_end(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        for number in (1, 2, 3):
            await put_part(store, bucket, upload, number, LARGE_PART)
        stored = await complete(store, bucket, upload)
        first, second = await store.open_object(stored), await store.open_object(stored)
        pieces = first.chunks(0, stored.size)
        got = await anext(pieces)
        await store.delete_object(bucket, b"k")
        assert clear_up(data_dir) == 0
        second.close()
        assert clear_up(data_dir) == 0
        got += b"".join([piece async for piece in pieces])
        assert got == LARGE_PART * 3
        first.close()
        assert clear_up(data_dir) == 4
        with pytest.raises(LostBlob):
            await store.open_object(stored)
    assert blob_files(data_dir) == []


@in_a_loop
async def test_a_copy_and_a_part_are_held_to_quotas(data_dir: Path) -> None:
    with closing(Quotas(data_dir)) as door:
        door.set_for_bucket("photos", Quota(bytes=LARGE + 10))
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"a", CONTENT)
        with pytest.raises(Refusal, match="QuotaExceeded"):
            await store.copy_object(source, bucket, ObjectSpec(b"b"), OWNER)
        assert await store.copy_object(source, bucket, ObjectSpec(b"a"), OWNER) is not None
        upload = await begun(store, bucket, b"c")
        with pytest.raises(Refusal, match="QuotaExceeded"):
            await put_part(store, bucket, upload, 1, SMALL_PART)
        await put(store, bucket, b"a", b"small")
        await put_part(store, bucket, upload, 1, SMALL_PART)
        assert (await complete(store, bucket, upload)).size == len(SMALL_PART)
