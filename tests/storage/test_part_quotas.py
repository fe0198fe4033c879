"""Parts of unfinished uploads count towards quotas, from the moment that they are kept."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.multipart import MultipartUpload
from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.model.quotas import Quota, Usage
from pillarbox.model.refusals import Refusal
from pillarbox.model.write_condition import ABSENT, PRESENT
from pillarbox.storage.identities import Identities
from pillarbox.storage.multipart import PartRules
from pillarbox.storage.preparation import ensure_bucket
from pillarbox.storage.quotas import Quotas
from pillarbox.storage.store import Store
from pillarbox.storage.upkeep import Upkeep
from tests.storage.loops import in_a_loop
from tests.storage.recount import miscounts
from tests.storage.stores import LARGE, OWNER, blob_files, opened, put
from tests.storage.test_multipart import begun, complete, put_part, refused


@pytest.fixture
def door(data_dir: Path) -> Iterator[Quotas]:
    with closing(Quotas(data_dir)) as opened_door:
        yield opened_door


def held(door: Quotas) -> Usage:
    return door.of_bucket("photos")[1]


def miscounted(data_dir: Path) -> list[tuple[int, int, int, int]]:
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog:
        return miscounts(catalog)


def forget_all(data_dir: Path) -> int:
    """Let every unfinished upload expire; how many."""
    with closing(Upkeep(data_dir)) as upkeep:
        return upkeep.forget_uploads(time.time_ns() // 1_000_000 + 1000, 100)


@in_a_loop
async def test_parts_fill_a_bucket(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(bytes=100))
    async with opened(data_dir) as (store, bucket):
        upload, other = await begun(store, bucket), await begun(store, bucket, b"other")
        await put_part(store, bucket, upload, 1, b"x" * 60)
        assert held(door) == Usage(60, 0, 60)
        with refused("QuotaExceeded"):
            await put_part(store, bucket, upload, 2, b"x" * 41)
        with refused("QuotaExceeded"):
            await put_part(store, bucket, other, 1, b"x" * 41)
        with refused("QuotaExceeded"):
            await put(store, bucket, b"a", b"x" * 41)
        # What replaces a part counts its difference.
        await put_part(store, bucket, upload, 1, b"y" * 100)
        with refused("QuotaExceeded"):
            await put_part(store, bucket, upload, 1, b"y" * 101)
        await put_part(store, bucket, upload, 1, b"y" * 30)
        await put(store, bucket, b"a", b"x" * 70)
        assert held(door) == Usage(100, 1, 30)
    assert miscounted(data_dir) == []


@in_a_loop
async def test_a_refused_part_leaves_the_former_and_no_file(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(bytes=100))
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        former = await put_part(store, bucket, upload, 1, b"x" * 60)
        with refused("QuotaExceeded"):
            await put_part(store, bucket, upload, 1, b"y" * LARGE)
        assert await store.multipart.parts(upload) == [former]
    assert blob_files(data_dir) == []


@in_a_loop
async def test_parts_fill_an_account(data_dir: Path, door: Quotas) -> None:
    with closing(Identities(data_dir)) as identities:
        account_id = identities.create_account("Fabrikam").id
    ensure_bucket(data_dir, "one", BucketAcl.PRIVATE, owner_id=account_id, region="cn-hangzhou")
    door.set_for_account(account_id, Quota(bytes=100))
    async with opened(data_dir) as (store, _):
        bucket = await store.bucket("one")
        assert bucket is not None
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, b"x" * 100)
        with refused("QuotaExceeded"):
            await put_part(store, bucket, upload, 2, b"x")
    assert door.of_account(account_id)[1] == Usage(100, 0, 100)


@in_a_loop
async def test_parts_are_no_objects(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(objects=0))
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, b"x" * 60)
        with refused("QuotaExceeded"):
            await complete(store, bucket, upload)
        door.set_for_bucket("photos", Quota(objects=1))
        await complete(store, bucket, upload)
    assert held(door) == Usage(60, 1)


@in_a_loop
async def test_an_abort_and_an_expiry_give_the_room_back(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(bytes=100))
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        for number in (1, 2):
            await put_part(store, bucket, upload, number, b"x" * 50)
        await store.multipart.abort(bucket, b"k", upload.id)
        assert held(door) == Usage()
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, b"x" * 100)
        assert forget_all(data_dir) == 1
        assert held(door) == Usage()
        await put(store, bucket, b"a", b"x" * 100)
    assert miscounted(data_dir) == []


@in_a_loop
async def test_a_completion_counts_the_object_in_place_of_its_parts(
    data_dir: Path, door: Quotas
) -> None:
    async with opened(data_dir) as (store, bucket):
        await put(store, bucket, b"k", b"x" * 7)
        upload = await begun(store, bucket)
        first = await put_part(store, bucket, upload, 1, b"x" * 60)
        await put_part(store, bucket, upload, 2, b"x" * 30)
        assert held(door) == Usage(97, 1, 90)
        # It makes nothing grow: a quota that was lowered meanwhile is not in its way.
        door.set_for_bucket("photos", Quota(bytes=1))
        await complete(store, bucket, upload, [first])
    assert held(door) == Usage(60, 1)
    assert miscounted(data_dir) == []


@in_a_loop
async def test_the_figures_of_a_bucket_have_them(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await put(store, bucket, b"a", b"x" * 5)
        upload = await begun(store, bucket)
        await put_part(store, bucket, upload, 1, b"x" * 60)
        stat = await store.bucket_stat(bucket)
    assert (stat.size, stat.objects, stat.uploads, stat.parts) == (65, 1, 1, 1)


async def _something(
    store: Store, bucket: Bucket, uploads: list[MultipartUpload], chance: random.Random
) -> None:
    key = b"k-%d" % chance.randrange(6)
    content = b"x" * chance.choice([0, 10, 100, LARGE])
    if not uploads or chance.random() < 0.15:
        uploads.append(await begun(store, bucket, key))
        return
    upload = chance.choice(uploads)
    condition = chance.choice([None, ABSENT, PRESENT])
    match chance.choice(["part", "part", "part", "put", "copy", "delete", "abort", "complete"]):
        case "part":
            await put_part(store, bucket, upload, chance.randrange(1, 4), content)
        case "put":
            await put(store, bucket, key, content, condition)
        case "copy":
            if (source := await store.object(bucket, key)) is not None:
                copy = ObjectSpec(b"k-%d" % chance.randrange(6), condition=condition)
                await store.copy_object(source, bucket, copy, OWNER)
        case "delete":
            await store.delete_object(bucket, key, None, condition)
        case "abort":
            uploads.remove(upload)
            await store.multipart.abort(bucket, upload.spec.key, upload.id)
        case "complete":
            present = await store.multipart.parts(upload)
            parts = present[: chance.randrange(1, 4)]
            await complete(store, bucket, upload, parts, PartRules(min_size=0))
            uploads.remove(upload)


@pytest.mark.parametrize("seed", range(3))
@in_a_loop
async def test_counters_are_exact_whatever_happens(data_dir: Path, door: Quotas, seed: int) -> None:
    chance = random.Random(seed)
    door.set_for_bucket("photos", Quota(bytes=600_000, objects=4))
    async with opened(data_dir) as (store, bucket):
        uploads: list[MultipartUpload] = []
        for _ in range(60):
            with suppress(Refusal):
                await _something(store, bucket, uploads, chance)
            assert miscounted(data_dir) == []
        assert held(door).bytes <= 600_000
    forget_all(data_dir)
    assert miscounted(data_dir) == []
    assert held(door).part_bytes == 0
