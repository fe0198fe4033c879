"""Objects that are added to, at the store's door: what they hold, what they count, who wins."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastcrc import crc64

from pillarbox.jobs.sweep import sweep
from pillarbox.model.acl import BucketAcl, ObjectAcl, TagReader
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec, StoredObject
from pillarbox.model.quotas import Quota
from pillarbox.model.refusals import ACCESS_DENIED, Refusal
from pillarbox.model.versioning import NamedVersion, Versioning
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.fsck.fault import FaultKind
from pillarbox.storage.quotas import Quotas
from pillarbox.storage.store import Store
from pillarbox.storage.upkeep import Upkeep
from tests.storage.backup.conftest import backed_up, restored
from tests.storage.filled import contents
from tests.storage.fsck.conftest import faults_of
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows, written
from tests.storage.test_multipart import reaped, refused

#: More than the pieces that are joined at once, of sizes that are joined and of such that aren't.
SIZES = [*[10] * 40, 0, 4300, *[1] * 5, 33_000, *[4300] * 33, LARGE, *[7] * 20]


async def append(
    store: Store, bucket: Bucket, position: int, content: bytes, **spec: Any
) -> StoredObject:
    upload = await written(store, bucket, content)
    return await upload.commit_append(ObjectSpec(b"log", **spec), OWNER, position)


async def grown(store: Store, bucket: Bucket, sizes: list[int]) -> tuple[StoredObject, bytes]:
    """An object of as many appends, and its bytes."""
    whole = b""
    stored = None
    for number, size in enumerate(sizes):
        more = bytes([number % 251]) * size
        stored = await append(store, bucket, len(whole), more)
        whole += more
    assert stored is not None
    return stored, whole


@in_a_loop
async def test_an_object_grows(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        whole, etags = b"", set()
        for number, size in enumerate(SIZES):
            more = bytes([number % 251]) * size
            stored = await append(store, bucket, len(whole), more)
            whole += more
            etags.add(stored.etag)
            assert await store.object(bucket, b"log") == stored
            assert (stored.size, stored.crc64) == (len(whole), crc64.xz(whole))
        assert (stored.object_type, len(etags)) == ("Appendable", len(SIZES))
        assert await content_of(store, stored) == whole
        listing = await store.list_objects(bucket)
        assert [(one.size, one.object_type) for one in listing.objects] == [
            (len(whole), "Appendable")
        ]
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, len(whole))]
    assert faults_of(data_dir) == []


@in_a_loop
async def test_small_pieces_are_joined(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        _, whole = await grown(store, bucket, [4300] * 100)
        sizes = [int(str(size)) for (size,) in rows(data_dir, "SELECT size FROM object_blobs")]
        assert (sum(sizes), len(sizes)) == (len(whole), 6 + 10)
        assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(len(sizes),)]


@in_a_loop
async def test_what_is_lost_is_not_joined(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await grown(store, bucket, [10] * 3)
    ((lost,),) = rows(data_dir, "SELECT blob_id FROM object_blobs WHERE position = 1")
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("DELETE FROM inline_blobs WHERE blob_id = ?", (lost,))
    async with opened(data_dir) as (store, bucket):
        for number in range(3, 40):
            stored = await append(store, bucket, number * 10, b"y" * 10)
        with pytest.raises(LostBlob):
            await content_of(store, stored)
    (fault,) = faults_of(data_dir)
    assert (fault.kind, fault.where) == (FaultKind.LOST, 'photos/"log"')


@in_a_loop
async def test_a_reader_keeps_its_length_while_the_object_grows(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored, whole = await grown(store, bucket, [*[5000] * 10, 10, 10])
        reader = await store.open_object(stored)
        later = await store.object(bucket, b"log")
        assert later is not None
        chunks = reader.chunks(3, stored.size)
        first = await anext(chunks)
        for number in range(40):  # all that the reader has found is joined meanwhile
            later = await append(store, bucket, stored.size + number * 10, b"z" * 10)
        rest = [chunk async for chunk in chunks]
        assert first + b"".join(rest) == whole[3:]
        # Who looked before and opens now has what was there when he looked.
        assert await content_of(store, stored) == whole
        assert await content_of(store, later) == whole + b"z" * 400
        reader.close()


@in_a_loop
async def test_a_reader_outlives_the_object(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored, whole = await grown(store, bucket, [LARGE, 10, 20])
        reader = await store.open_object(stored)
        await put(store, bucket, b"log", b"another")
        reaped(data_dir)
        assert b"".join([chunk async for chunk in reader.chunks(0, LARGE + 30)]) == whole
        reader.close()
        reaped(data_dir)
        reaped(data_dir)
    assert blob_files(data_dir) == []
    assert rows(data_dir, "SELECT count(*) FROM object_blobs") == [(0,)]
    assert rows(data_dir, "SELECT count(*) FROM inline_blobs") == [(1,)]


@pytest.mark.parametrize(("position", "size"), [(1, 0), (2, 3), (4, 3), (0, 3)])
@in_a_loop
async def test_at_another_position_nothing_is_added(
    data_dir: Path, position: int, size: int
) -> None:
    async with opened(data_dir) as (store, bucket):
        if size:
            await append(store, bucket, 0, b"x" * size)
        with refused("PositionNotEqualToLength") as told:
            await append(store, bucket, position, b"y" * LARGE)
        assert told.value.headers == {"x-oss-next-append-position": str(size)}
        found = await store.object(bucket, b"log")
        assert (found.size if found else 0) == size
    assert blob_files(data_dir) == []


@in_a_loop
async def test_of_two_at_one_position_one_wins(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"begin")
        uploads = [await written(store, bucket, bytes([n]) * LARGE) for n in range(5)]
        spec = ObjectSpec(b"log")
        outcomes = await asyncio.gather(
            *(upload.commit_append(spec, OWNER, 5) for upload in uploads), return_exceptions=True
        )
        (won,) = [one for one in outcomes if isinstance(one, StoredObject)]
        lost = [one for one in outcomes if isinstance(one, Refusal)]
        assert {one.code for one in lost} == {"PositionNotEqualToLength"}
        content = await content_of(store, won)
        assert (len(content), content[:5], len(set(content[5:]))) == (5 + LARGE, b"begin", 1)
    assert len(blob_files(data_dir)) == 1
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, 5 + LARGE)]


@in_a_loop
async def test_only_what_was_begun_so_can_be_added_to(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await put(store, bucket, b"log", b"old")
        with refused("ObjectNotAppendable"):
            await append(store, bucket, 3, b"more")
        await put(store, bucket, b"log", b"")
        with refused("ObjectNotAppendable"):
            await append(store, bucket, 0, b"more")
        await store.delete_object(bucket, b"log")
        await append(store, bucket, 0, b"")
        assert (await append(store, bucket, 0, b"more")).size == 4


@in_a_loop
async def test_headers_count_at_the_beginning(data_dir: Path) -> None:
    first = {
        "headers": ObjectHeaders("text/plain", {"Cache-Control": "no-cache"}, {"a": "1"}),
        "acl": ObjectAcl.PUBLIC_READ,
        "tags": {"k": "v"},
        "storage_class": "IA",
        "encryption": "AES256",
    }
    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"a", **first)
        stored = await append(store, bucket, 1, b"b", headers=ObjectHeaders("image/png"))
        assert {name: getattr(stored, name) for name in first} == first
        assert await store.object(bucket, b"log") == stored
        await append(store, bucket, 2, b"c", forbid_overwrite=True)  # overwrites nothing
        with refused("FileAlreadyExists"):
            await append(store, bucket, 0, b"c", forbid_overwrite=True)


@in_a_loop
async def test_the_rule_is_asked_at_the_commit(data_dir: Path) -> None:
    asked = []

    def rule(bucket_acl: BucketAcl, object_acl: ObjectAcl, tags: TagReader) -> None:
        asked.append((bucket_acl, object_acl))
        if object_acl is ObjectAcl.PRIVATE:
            raise ACCESS_DENIED()

    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"a", acl=ObjectAcl.PUBLIC_READ_WRITE)
        upload = await written(store, bucket, b"b")
        await upload.commit_append(ObjectSpec(b"log"), OWNER, 1, rule)
        await store.set_object_acl(bucket, b"log", ObjectAcl.PRIVATE)
        upload = await written(store, bucket, b"c")
        with refused("AccessDenied"):
            await upload.commit_append(ObjectSpec(b"log"), OWNER, 2, rule)
        found = await store.object(bucket, b"log")
        assert found is not None
        assert found.size == 2
    assert asked == [
        (BucketAcl.PRIVATE, ObjectAcl.PUBLIC_READ_WRITE),
        (BucketAcl.PRIVATE, ObjectAcl.PRIVATE),
    ]


@in_a_loop
async def test_a_quota_holds(data_dir: Path) -> None:
    with closing(Quotas(data_dir)) as quotas:
        quotas.set_for_bucket("photos", Quota(10, 1))
    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"12345678")
        with refused("QuotaExceeded"):
            await append(store, bucket, 8, b"90a")
        assert (await append(store, bucket, 8, b"90")).size == 10


# --- versions -------------------------------------------------------------------------------------


@in_a_loop
async def test_the_current_version_grows_and_no_other_comes_to_be(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"a")
        await store.set_bucket_versioning(bucket, Versioning.ENABLED)
        grown = await append(store, bucket, 1, b"b")
        assert grown.version_id is None
        deletion = await store.delete_object(bucket, b"log")
        assert deletion.is_delete_marker
        first = await append(store, bucket, 0, b"new")
        assert first.version_id is not None
        second = await append(store, bucket, 3, b"er")
        assert second.version_id == first.version_id
        await put(store, bucket, b"log", b"normal")
        with refused("ObjectNotAppendable"):
            await append(store, bucket, 6, b"more")
        listed = (await store.versions.list(bucket)).versions
        told = [(one.object_type, one.size) for one in listed if not one.is_delete_marker]
        assert told == [("Normal", 6), ("Appendable", 5), ("Appendable", 2)]
        for version_id, content in ((first.version_id, b"newer"), (None, b"ab")):
            found = await store.versions.find(bucket, b"log", NamedVersion(version_id))
            assert found is not None
            assert await content_of(store, found) == content
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(3, 13)]
    assert faults_of(data_dir) == []


# --- clearing up, checking, backups ---------------------------------------------------------------


@in_a_loop
async def test_what_no_row_names_is_swept(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        await append(store, bucket, 0, b"a")
        upload = await written(store, bucket, b"b" * LARGE)
        await upload.finish()  # safe, and then the worker is gone
        assert len(blob_files(data_dir)) == 1
    with closing(Upkeep(data_dir)) as upkeep:
        assert sum(sweep(upkeep)) == 1
    assert blob_files(data_dir) == []
    assert faults_of(data_dir) == []


def _grow(data_dir: Path) -> bytes:
    async def grow() -> bytes:
        async with opened(data_dir) as (store, bucket):
            return (await grown(store, bucket, SIZES))[1]

    return asyncio.run(grow())


def test_a_changed_byte_is_found(data_dir: Path) -> None:
    _grow(data_dir)
    (path,) = blob_files(data_dir)
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    (fault,) = faults_of(data_dir)
    assert (fault.kind, fault.where) == (FaultKind.CRC, 'photos/"log"')


def test_a_backup_has_it(data_dir: Path, tmp_path: Path) -> None:
    whole = _grow(data_dir)
    made = backed_up(data_dir, tmp_path / "backup")
    assert made.lost == []
    restored(tmp_path / "backup", tmp_path / "again")
    assert contents(tmp_path / "again") == {b"log": whole}
    assert faults_of(tmp_path / "again") == []
