from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.model.acl import BucketAcl, ObjectAcl
from pillarbox.model.limits import MAX_BUCKETS_PER_ACCOUNT
from pillarbox.model.objects import ObjectHeaders, ObjectSpec
from pillarbox.model.refusals import Refusal
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.preparation import prepare
from pillarbox.storage.store import Store
from tests.storage.stores import (
    LARGE,
    OWNER,
    blob_files,
    content_of,
    opened,
    put,
    rows,
    written,
)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 262_144, 262_145, 3_000_001])
def test_what_was_put_is_read_back_after_a_restart(data_dir: Path, size: int) -> None:
    content = os.urandom(size)
    spec = ObjectSpec(
        key="résumé\0.pdf".encode(),
        headers=ObjectHeaders(
            "application/pdf", {"Cache-Control": "no-store"}, {"author": "Zoë", "empty": ""}
        ),
        acl=ObjectAcl.PUBLIC_READ,
        tags={"kind": "cv"},
        storage_class="IA",
        encryption="AES256",
    )

    async def first() -> object:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, content)
            assert upload.size == size
            stored = await upload.commit(spec, OWNER)
            assert await store.object(bucket, spec.key) == stored
            return stored

    async def again() -> None:
        async with opened(data_dir) as (store, bucket):
            found = await store.object(bucket, spec.key)
            assert found == stored
            assert found is not None
            assert await content_of(store, found) == content
            # What `commit` answered can be opened as well as what was looked up.
            assert await content_of(store, replace(found, inline=None)) == content
            assert found.headers == spec.headers
            assert found.tags == {"kind": "cv"}

    stored = asyncio.run(first())
    asyncio.run(again())
    assert len(blob_files(data_dir)) == (size > 65_536)


def test_digests_are_those_of_the_bytes(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for repeat in (1, 50_000):
                upload = await written(store, bucket, b"123456789" * repeat)
                digests = await upload.finish()
                assert await upload.finish() is digests
                await upload.abort()
                if repeat == 1:
                    # The check value of CRC-64/XZ, and RFC 1321's neighbour of it.
                    assert digests.crc64 == 0x995DC9BBDF1939FA
                    assert digests.etag == "25F9E794323B453885F5181F1B624D0B"
                else:
                    assert digests.size == 450_000

    asyncio.run(run())


def test_pieces_of_any_kind_and_size_are_one_object(data_dir: Path) -> None:
    content = os.urandom(700_000)

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = store.begin_upload(bucket)
            position = 0
            sizes = [1, 16_383, 16_384, 40_000, 1, 1, 262_144, 100_000]
            while position < len(content):
                for size, kind in zip(sizes, [bytes, bytearray, memoryview] * 3, strict=False):
                    await upload.write(kind(content[position : position + size]))
                    position += size
            stored = await upload.commit(ObjectSpec(b"k"), OWNER)
            assert stored.size == len(content)
            assert await content_of(store, stored) == content

    asyncio.run(run())


def test_an_overwrite_leaves_a_reader_its_bytes(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for old, new in ((b"a" * LARGE, b"b" * LARGE), (b"small", b"other")):
                await put(store, bucket, b"k", old)
                found = await store.object(bucket, b"k")
                assert found is not None
                reader = await store.open_object(found)
                await put(store, bucket, b"k", new)
                assert b"".join([piece async for piece in reader.chunks(0, len(old))]) == old
                # Looked up before, opened after the overwrite: still whole.
                assert await content_of(store, found) == old
                reader.close()

    asyncio.run(run())


def test_overwritten_and_deleted_bytes_become_garbage_or_go_at_once(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"large", b"1" * LARGE)
            await put(store, bucket, b"large", b"2" * LARGE)
            await put(store, bucket, b"small", b"1")
            await put(store, bucket, b"small", b"2")
            assert rows(data_dir, "SELECT bytes FROM inline_blobs") == [(b"2",)]
            assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(2, LARGE + 1)]
            assert (await store.delete_object(bucket, b"large")).was_there
            assert (await store.delete_object(bucket, b"small")).was_there
            assert not (await store.delete_object(bucket, b"small")).was_there
            assert await store.object(bucket, b"large") is None

    asyncio.run(run())
    assert rows(data_dir, "SELECT * FROM inline_blobs") == []
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(0, 0)]
    garbage = {blob_id for (blob_id,) in rows(data_dir, "SELECT blob_id FROM garbage")}
    assert garbage == {path.name for path in blob_files(data_dir)}
    assert len(garbage) == 2


def test_a_lost_or_short_blob_is_told(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            stored = await put(store, bucket, b"k", b"x" * LARGE)
            (path,) = blob_files(data_dir)
            os.truncate(path, LARGE - 1)
            with pytest.raises(LostBlob, match="299999 bytes where the catalog says 300000"):
                await store.open_object(stored)
            path.unlink()
            with pytest.raises(LostBlob, match="no such file"):
                await store.open_object(stored)
            small = await put(store, bucket, b"s", b"x")
            await store.delete_object(bucket, b"s")
            with pytest.raises(LostBlob):
                await store.open_object(small)

    asyncio.run(run())


def test_buckets(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, photos):
            assert photos.acl is BucketAcl.PRIVATE
            made = await store.create_bucket(
                "cv", OWNER, BucketAcl.PUBLIC_READ, "eu-1", strict_forms=True, storage_class="IA"
            )
            assert await store.bucket("cv") == made
            assert (made.region, made.strict_forms, made.storage_class) == ("eu-1", True, "IA")
            assert await store.list_buckets(OWNER) == (made, photos)
            assert await store.list_buckets("nobody") == ()
            assert await store.list_buckets(OWNER, limit=1) == (made,)
            assert await store.list_buckets(OWNER, start_after=made.name) == (photos,)
            assert await store.list_buckets(OWNER, prefix="pho") == (photos,)
            assert await store.list_buckets(OWNER, prefix="pho", start_after="photos") == ()
            for owner in (OWNER, "another"):
                with pytest.raises(Refusal, match="BucketAlreadyExists"):
                    await store.create_bucket("cv", owner, BucketAcl.PRIVATE, "eu-1")
            await store.set_bucket_acl(made, BucketAcl.PUBLIC_READ_WRITE)
            changed = await store.bucket("cv")
            assert changed == replace(made, acl=BucketAcl.PUBLIC_READ_WRITE)
            await store.delete_bucket(made)
            assert await store.bucket("cv") is None
            with pytest.raises(Refusal, match="NoSuchBucket"):
                await store.delete_bucket(made)
            with pytest.raises(Refusal, match="NoSuchBucket"):
                await store.set_bucket_acl(made, BucketAcl.PRIVATE)
            again = await store.create_bucket("cv", OWNER, BucketAcl.PRIVATE, "eu-1")
            assert again.id != made.id

    asyncio.run(run())


def test_an_account_has_at_most_a_hundred_buckets(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, _):
            for number in range(MAX_BUCKETS_PER_ACCOUNT - 1):
                await store.create_bucket(f"b-{number}", OWNER, BucketAcl.PRIVATE, "r")
            with pytest.raises(Refusal, match="TooManyBuckets"):
                await store.create_bucket("one-more", OWNER, BucketAcl.PRIVATE, "r")
            await store.create_bucket("one-more", "another", BucketAcl.PRIVATE, "r")

    asyncio.run(run())


def test_a_bucket_with_an_object_stays_and_one_deleted_takes_no_more(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x" * LARGE)
            await put(store, bucket, b"k", b"x")
            with pytest.raises(Refusal, match="BucketNotEmpty"):
                await store.delete_bucket(bucket)
            await store.delete_object(bucket, b"k")
            await store.delete_bucket(bucket)
            await store.create_bucket("photos", OWNER, BucketAcl.PRIVATE, "r")
            with pytest.raises(Refusal, match="NoSuchBucket"):
                await upload.commit(ObjectSpec(b"k"), OWNER)

    asyncio.run(run())
    assert blob_files(data_dir) == []
    assert rows(data_dir, "SELECT * FROM objects") == []


def test_object_acl(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            stored = await put(store, bucket, b"k", b"x")
            await store.set_object_acl(bucket, b"k", ObjectAcl.PUBLIC_READ)
            assert await store.object(bucket, b"k") == replace(stored, acl=ObjectAcl.PUBLIC_READ)
            with pytest.raises(Refusal, match="NoSuchKey"):
                await store.set_object_acl(bucket, b"other", ObjectAcl.PRIVATE)

    asyncio.run(run())


def test_every_store_sees_a_change_at_once(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (one, bucket), opened(data_dir) as (two, same):
            assert bucket == same
            await one.set_bucket_acl(bucket, BucketAcl.PUBLIC_READ)
            seen = await two.bucket("photos")
            assert seen is not None
            assert seen.acl is BucketAcl.PUBLIC_READ
            assert await two.bucket("photos") is seen, "an unchanged bucket comes from memory"
            await put(two, bucket, b"k", b"x")
            assert await two.bucket("photos") is seen, "an upload empties no cache"

    asyncio.run(run())


def test_access_keys_are_known_and_follow_a_new_root_key(data_dir: Path) -> None:
    key, _ = prepare(data_dir)

    async def run() -> None:
        async with opened(data_dir) as (store, _):
            assert await store.access_key(key.id) == key
            assert await store.access_key("nobody") is None
            new, _ = await asyncio.to_thread(prepare, data_dir, replace(key, secret="changed"))
            assert await store.access_key(key.id) == new
            assert new.secret == "changed"

    asyncio.run(run())


def test_a_directory_that_was_not_prepared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="prepare the directory first"):
        asyncio.run(Store.open(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_is_configured_comes_with_the_bucket(data_dir: Path) -> None:
    async def story() -> None:
        async with opened(data_dir) as (store, bucket), opened(data_dir) as (other, _):
            assert bucket.configs == {}
            await store.set_bucket_config(bucket, "cors", "first")
            await store.set_bucket_config(bucket, "cors", "second")
            await store.set_bucket_config(bucket, "policy", "else")
            for reader in (store, other):
                known = await reader.bucket("photos")
                assert known is not None
                assert known.configs == {"cors": "second", "policy": "else"}
                assert await reader.list_buckets(OWNER) == (known,)
            await other.remove_bucket_config(bucket, "cors")
            await other.remove_bucket_config(bucket, "cors")
            known = await store.bucket("photos")
            assert known is not None
            assert known.configs == {"policy": "else"}

    asyncio.run(story())


def test_a_bucket_takes_what_was_configured_with_it(data_dir: Path) -> None:
    async def story() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.set_bucket_config(bucket, "cors", "rules")
            await store.delete_bucket(bucket)
            for change in (
                store.set_bucket_config(bucket, "cors", "rules"),
                store.remove_bucket_config(bucket, "cors"),
            ):
                with pytest.raises(Refusal) as refused:
                    await change
                assert refused.value.code == "NoSuchBucket"
            again = await store.create_bucket("photos", OWNER, BucketAcl.PRIVATE, "cn-hangzhou")
            assert again.configs == {}
            assert await store.bucket("photos") == again

    asyncio.run(story())


def test_a_known_bucket_costs_no_read(data_dir: Path) -> None:
    """Not even the catalog's file is needed to answer with its CORS rules."""

    async def story() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.set_bucket_config(bucket, "cors", "rules")
            known = await store.bucket("photos")
            store._readers.close()  # nothing can be read any more
            assert await store.bucket("photos") is known
            with pytest.raises(Refusal):
                await store.object(bucket, b"a")

    asyncio.run(story())
