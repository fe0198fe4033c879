"""S3's checksums of objects and parts, as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.checksums import CRC32, CRC32C, CRC64NVME, SHA1, SHA256, ChecksumAlgorithm
from pillarbox.model.multipart import S3_MIN_PART_SIZE, MultipartUpload, Part
from pillarbox.model.multipart_checksum import ClaimedChecksums
from pillarbox.model.object_checksum import ChecksumType, ChosenChecksum, ObjectChecksum
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec, StoredObject
from pillarbox.storage.multipart import PartRules
from pillarbox.storage.running_checksum import checksum_of, composite
from pillarbox.storage.store import Store
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, OWNER, opened, put, rows, written
from tests.storage.test_multipart import complete, refused

COMPOSITE, FULL_OBJECT = ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT
CONTENT = b"x" * LARGE


def checksum(algorithm: ChecksumAlgorithm, content: bytes) -> ObjectChecksum:
    return ObjectChecksum(algorithm, checksum_of(algorithm, content))


async def put_with_checksum(store: Store, bucket: Bucket, key: bytes = b"k") -> StoredObject:
    upload = await written(store, bucket, CONTENT)
    spec = ObjectSpec(key, ObjectHeaders("text/plain"), checksum=checksum(SHA256, CONTENT))
    return await upload.commit(spec, OWNER)


async def begun(store: Store, bucket: Bucket, chosen: ChosenChecksum | None) -> MultipartUpload:
    upload_id = await store.multipart.begin(bucket, ObjectSpec(b"k"), OWNER, None, checksum=chosen)
    return await store.multipart.find(bucket, b"k", upload_id)


async def put_part(
    store: Store,
    bucket: Bucket,
    upload: MultipartUpload,
    number: int,
    content: bytes,
    algorithm: ChecksumAlgorithm | None,
) -> Part:
    writing = await written(store, bucket, content)
    its = None if algorithm is None else checksum(algorithm, content)
    return await writing.commit_part(b"k", upload.id, number, checksum=its)


@in_a_loop
async def test_an_object_keeps_the_one_that_it_was_put_with(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored = await put_with_checksum(store, bucket)
        assert stored.checksum == checksum(SHA256, CONTENT)
        assert await store.object(bucket, b"k") == stored
        await store.set_object_acl(bucket, b"k", ObjectAcl.PRIVATE)
        await store.set_object_tags(bucket, b"k", {"a": "1"})
        changed = replace(stored, acl=ObjectAcl.PRIVATE, tags={"a": "1"})
        assert await store.object(bucket, b"k") == changed
    async with opened(data_dir) as (store, bucket):
        assert await store.object(bucket, b"k") == changed


@in_a_loop
async def test_what_takes_its_place_has_its_own_or_none(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await put_with_checksum(store, bucket)
        await put(store, bucket, b"k", CONTENT)
        found = await store.object(bucket, b"k")
        assert found is not None
        assert found.checksum is None
    assert rows(data_dir, "SELECT attributes FROM objects") == [
        ('{"type":"application/octet-stream"}',)
    ]


@in_a_loop
async def test_a_copy_has_that_of_its_source_unless_it_brings_one(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put_with_checksum(store, bucket)
        bare = await put(store, bucket, b"bare", CONTENT)
        brought = checksum(CRC32, CONTENT)
        for original, its, expected in (
            (source, None, source.checksum),
            (source, brought, brought),
            (bare, None, None),
            (bare, brought, brought),
        ):
            spec = ObjectSpec(b"copy", ObjectHeaders("image/png"), checksum=its)
            copy = await store.copy_object(original, bucket, spec, OWNER)
            assert copy is not None
            assert copy.checksum == expected
            assert await store.object(bucket, b"copy") == copy


@pytest.mark.parametrize("chosen", [None, (SHA1, COMPOSITE), (CRC64NVME, FULL_OBJECT)])
@in_a_loop
async def test_an_upload_keeps_what_it_was_begun_with(
    data_dir: Path, chosen: ChosenChecksum | None
) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, chosen)
        assert upload.checksum == chosen
        assert upload.spec == ObjectSpec(b"k")


@in_a_loop
async def test_a_part_keeps_its_own(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, None)
        parts = [
            await put_part(store, bucket, upload, number, b"x" * number, algorithm)
            for number, algorithm in enumerate((SHA256, None, CRC32C), 1)
        ]
        assert [part.checksum for part in parts] == [
            checksum(SHA256, b"x"),
            None,
            checksum(CRC32C, b"xxx"),
        ]
        assert await store.multipart.parts(upload) == parts
        again = await put_part(store, bucket, upload, 1, b"x", None)
        assert (await store.multipart.parts(upload))[0] == again
        assert again.checksum is None


@pytest.mark.parametrize("type_", ChecksumType)
@in_a_loop
async def test_a_completion_makes_that_of_the_whole(data_dir: Path, type_: ChecksumType) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, (CRC32, type_))
        contents = (CONTENT, b"last")
        parts = [
            await put_part(store, bucket, upload, number, content, CRC32)
            for number, content in enumerate(contents, 1)
        ]
        expected = checksum(CRC32, b"".join(contents))
        if type_ is COMPOSITE:
            expected = composite(CRC32, [checksum_of(CRC32, one) for one in contents])
        claimed = ClaimedChecksums(
            {part.number: part.checksum for part in parts if part.checksum is not None},
            expected,
            type_,
        )
        wrong = replace(claimed, whole=replace(expected, digest=b"\0\0\0\0"))
        with refused("BadDigest"):
            await complete(store, bucket, upload, parts, PartRules(claimed=wrong))
        stored = await complete(store, bucket, upload, parts, PartRules(claimed=claimed))
        assert stored.checksum == expected
        assert await store.object(bucket, b"k") == stored


@in_a_loop
async def test_a_client_of_oss_completes_what_one_of_s3_began(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        for algorithm in (CRC32, None):
            upload = await begun(store, bucket, (CRC32, FULL_OBJECT))
            await put_part(store, bucket, upload, 1, CONTENT, CRC32)
            await put_part(store, bucket, upload, 2, b"last", algorithm)
            stored = await complete(store, bucket, upload)
            assert stored.checksum == (algorithm and checksum(CRC32, CONTENT + b"last"))


@in_a_loop
async def test_a_completion_in_s3_holds_parts_to_its_least_size(data_dir: Path) -> None:
    rules = PartRules(S3_MIN_PART_SIZE, ClaimedChecksums())
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, None)
        parts = [await put_part(store, bucket, upload, number, CONTENT, None) for number in (1, 2)]
        with refused("EntityTooSmall"):
            await complete(store, bucket, upload, parts, rules)
        await complete(store, bucket, upload, parts[:1], rules)


@in_a_loop
async def test_a_part_that_comes_between_is_held_to_the_claims_again(data_dir: Path) -> None:
    """It has the same bytes and ETag, and came without a checksum."""
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket, (CRC32, FULL_OBJECT))
        part = await put_part(store, bucket, upload, 1, CONTENT, CRC32)
        rules = PartRules(claimed=ClaimedChecksums())
        completion = await store.multipart.reckon(upload, [(1, part.etag)], rules=rules)
        assert completion.spec.checksum == part.checksum
        await put_part(store, bucket, upload, 1, CONTENT, None)
        with refused("InvalidRequest"):
            await store.multipart.complete(bucket, completion, None)
        assert await store.object(bucket, b"k") is None
