"""Quotas set through the operator's door, and held to by stores that run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import ObjectSpec
from pillarbox.model.quotas import NO_QUOTA, Quota, Usage
from pillarbox.model.refusals import Refusal
from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.quotas import hold_to_quotas
from pillarbox.storage.identities import Identities
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import ensure_bucket
from pillarbox.storage.quotas import Quotas
from pillarbox.storage.store import Store
from tests.storage.stores import LARGE, blob_files, opened, put, rows, written


@pytest.fixture
def account(data_dir: Path) -> str:
    """An account that owns the buckets `one` and `two`."""
    with closing(Identities(data_dir)) as identities:
        account_id = identities.create_account("Fabrikam").id
    for name in ("one", "two"):
        ensure_bucket(data_dir, name, BucketAcl.PRIVATE, owner_id=account_id, region="cn-hangzhou")
    return account_id


@pytest.fixture
def door(data_dir: Path) -> Iterator[Quotas]:
    with closing(Quotas(data_dir)) as opened_door:
        yield opened_door


async def refused(store: Store, name: str, key: bytes, content: bytes) -> str:
    """The message with which an upload is refused."""
    bucket = await store.bucket(name)
    assert bucket is not None
    with pytest.raises(Refusal) as caught:
        await put(store, bucket, key, content)
    assert caught.value.code == "QuotaExceeded"
    return caught.value.message


async def taken(store: Store, name: str, key: bytes, content: bytes) -> None:
    bucket = await store.bucket(name)
    assert bucket is not None
    await put(store, bucket, key, content)


def test_a_bucket_holds_so_many_bytes(data_dir: Path, door: Quotas) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await taken(store, "photos", b"a", b"x" * 60)
            door.set_for_bucket("photos", Quota(bytes=100))
            message = await refused(store, "photos", b"b", b"x" * 41)
            assert message == "Bucket storage exceed max storage capacity."
            await taken(store, "photos", b"b", b"x" * 40)
            # What replaces an object counts its difference.
            await taken(store, "photos", b"a", b"y" * 60)
            await refused(store, "photos", b"a", b"y" * 61)
            await taken(store, "photos", b"a", b"y" * 50)
            await taken(store, "photos", b"c", b"x" * 10)
            await refused(store, "photos", b"d", b"x")
            assert (await store.delete_object(bucket, b"b")).was_there
            await taken(store, "photos", b"d", b"x" * 40)
            # The next upload is held to what is set now.
            door.set_for_bucket("photos", NO_QUOTA)
            await taken(store, "photos", b"e", b"x" * 1000)

    asyncio.run(run())
    assert door.of_bucket("photos") == (NO_QUOTA, Usage(1100, 4))


def test_a_bucket_holds_so_many_objects(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(objects=1))

    async def run() -> None:
        async with opened(data_dir) as (store, _):
            await taken(store, "photos", b"a", b"")
            assert await refused(store, "photos", b"b", b"") == (
                "Bucket objects exceed max object count."
            )
            await taken(store, "photos", b"a", b"x" * LARGE)
            await refused(store, "photos", b"b", b"x" * LARGE)

    asyncio.run(run())
    assert door.of_bucket("photos") == (Quota(objects=1), Usage(LARGE, 1))
    assert len(blob_files(data_dir)) == 1


def test_an_account_holds_so_much_in_all_its_buckets(
    data_dir: Path, account: str, door: Quotas
) -> None:
    door.set_for_account(account, Quota(bytes=100))
    door.set_for_bucket("two", Quota(bytes=30))

    async def run() -> None:
        async with opened(data_dir) as (store, _):
            await taken(store, "one", b"a", b"x" * 80)
            assert (await refused(store, "two", b"a", b"x" * 21)).startswith("Account storage")
            assert (await refused(store, "two", b"a", b"x" * 31)).startswith("Bucket storage")
            await taken(store, "two", b"a", b"x" * 20)
            # Another account's bucket is none of this one's.
            await taken(store, "photos", b"a", b"x" * 1000)

    asyncio.run(run())
    assert door.of_account(account) == (Quota(bytes=100), Usage(100, 2))


def test_uploads_of_one_transaction_count_each_other(data_dir: Path, door: Quotas) -> None:
    """Each alone would fit; those that come first are taken, the others refused, none too many."""
    door.set_for_bucket("photos", Quota(bytes=100, objects=5))

    async def run() -> list[object]:
        async with opened(data_dir) as (store, bucket):
            uploads = [await written(store, bucket, b"x" * 30) for _ in range(40)]
            commits = [
                upload.commit(ObjectSpec(b"k-%d" % number), bucket.owner_id)
                for number, upload in enumerate(uploads)
            ]
            return await asyncio.gather(*commits, return_exceptions=True)

    outcomes = asyncio.run(run())
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refusals) == 37
    assert {str(refusal).partition(":")[0] for refusal in refusals} == {"QuotaExceeded"}
    assert door.of_bucket("photos")[1] == Usage(90, 3)
    assert len(rows(data_dir, "SELECT key FROM objects")) == 3


def test_a_quota_that_came_while_bytes_came_counts(data_dir: Path, door: Quotas) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x" * LARGE)
            door.set_for_bucket("photos", Quota(bytes=10))
            with pytest.raises(Refusal, match="QuotaExceeded"):
                await upload.commit(ObjectSpec(b"a"), bucket.owner_id)

    asyncio.run(run())
    assert blob_files(data_dir) == []


def test_without_quota_nothing_is_read(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, _):
            await taken(store, "photos", b"a", b"x")  # from here on it is known that there is none
            for name in ("QUOTAS", "BUCKET_USAGE", "ACCOUNT_USAGE"):
                monkeypatch.setattr(statements, name, "no SQL: nobody may run this")
            await taken(store, "photos", b"b", b"x")

    asyncio.run(run())
    assert len(rows(data_dir, "SELECT key FROM objects")) == 2


def test_who_makes_one_object_in_a_transaction_can_ask(data_dir: Path, door: Quotas) -> None:
    door.set_for_bucket("photos", Quota(bytes=10))
    ((bucket_id,),) = rows(data_dir, "SELECT id FROM buckets WHERE name = 'photos'")
    assert isinstance(bucket_id, int)
    with closing(Catalog(Layout(data_dir), WHOLE)) as catalog, catalog.writing() as connection:
        hold_to_quotas(connection, bucket_id, Usage(10, 1))
        with pytest.raises(Refusal, match="QuotaExceeded"):
            hold_to_quotas(connection, bucket_id, Usage(11, 1))
        hold_to_quotas(connection, 12345, Usage(11, 1))  # whether it stands is another's question


def test_what_is_not_there(door: Quotas) -> None:
    with pytest.raises(ValueError, match="no account '7'"):
        door.of_account("7")
    with pytest.raises(ValueError, match="no account '7'"):
        door.set_for_account("7", NO_QUOTA)
    with pytest.raises(ValueError, match="no bucket 'elsewhere'"):
        door.of_bucket("elsewhere")
    with pytest.raises(ValueError, match="no bucket 'elsewhere'"):
        door.set_for_bucket("elsewhere", NO_QUOTA)
