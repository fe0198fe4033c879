"""Conditions of writes, judged in the transaction that commits."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.refusals import ACCESS_DENIED, Refusal
from pillarbox.model.write_condition import ABSENT, PRESENT, WriteCondition
from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.layout import Layout
from pillarbox.storage.multipart import Completion
from pillarbox.storage.store import Store
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows, written
from tests.storage.test_multipart import LARGE_PART, begun, put_part, refused

matching = WriteCondition.if_match


def codes(outcomes: Sequence[Any]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


@in_a_loop
async def test_a_put(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        with refused("NoSuchKey"):
            await put(store, bucket, b"k", b"x" * LARGE, PRESENT)
        first = await put(store, bucket, b"k", b"1", ABSENT)
        with refused("PreconditionFailed"):
            await put(store, bucket, b"k", b"x" * LARGE, ABSENT)
        assert await store.object(bucket, b"k") == first
        second = await put(store, bucket, b"k", b"2", matching(f'"{first.etag.lower()}"'))
        with refused("PreconditionFailed"):
            await put(store, bucket, b"k", b"3", matching(first.etag))
        assert await store.object(bucket, b"k") == second
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(1, 1)]
    assert rows(data_dir, "SELECT bytes FROM inline_blobs") == [(b"2",)]
    assert blob_files(data_dir) == []  # closing has waited for what the refused had to clean up


@in_a_loop
async def test_a_deletion(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        for condition in (PRESENT, matching("some")):
            with refused("NoSuchKey"):
                await store.delete_object(bucket, b"k", None, condition)
        stored = await put(store, bucket, b"k", b"1")
        for condition in (ABSENT, matching("some")):
            with refused("PreconditionFailed"):
                await store.delete_object(bucket, b"k", None, condition)
        assert (await store.delete_object(bucket, b"k", None, matching(stored.etag))).was_there
        assert not (await store.delete_object(bucket, b"k", None, ABSENT)).was_there


@in_a_loop
async def test_a_copy(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"source", b"x" * LARGE)
        spec = ObjectSpec(b"copy", condition=ABSENT)
        assert await store.copy_object(source, bucket, spec, OWNER) is not None
        with refused("PreconditionFailed"):
            await store.copy_object(source, bucket, spec, OWNER)
        spec = replace(spec, condition=matching(source.etag))
        assert await store.copy_object(source, bucket, spec, OWNER) is not None


@in_a_loop
async def test_an_upload_in_parts_is_judged_at_its_end(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        upload_id = await store.multipart.begin(
            bucket, ObjectSpec(b"k", condition=PRESENT), OWNER, None
        )
        upload = await store.multipart.find(bucket, b"k", upload_id)
        assert upload.spec.condition is None
        await put_part(store, bucket, upload, 1, LARGE_PART)
        completion = await store.multipart.reckon(upload, None, condition=ABSENT)
        first = await put(store, bucket, b"k", b"first")
        with refused("PreconditionFailed"):
            await store.multipart.complete(bucket, completion, None)
        assert len(await store.multipart.parts(upload)) == 1
        completion = await store.multipart.reckon(upload, None, condition=matching(first.etag))
        stored = await store.multipart.complete(bucket, completion, None)
        # Such an ETag is compared like any other.
        with refused("PreconditionFailed"):
            await store.delete_object(bucket, b"k", None, matching(stored.etag.partition("-")[0]))
        deletion = await store.delete_object(bucket, b"k", None, matching(stored.etag.lower()))
        assert deletion.was_there


@in_a_loop
async def test_what_is_reckoned_again_keeps_its_condition(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(data_dir) as (store, bucket):
        upload = await begun(store, bucket)
        part = await put_part(store, bucket, upload, 1, LARGE_PART)
        completion = await store.multipart.reckon(upload, [(1, part.etag)], condition=ABSENT)
        await put_part(store, bucket, upload, 1, LARGE_PART)
        reckon = store.multipart.reckon

        async def late(*args: Any, **kwargs: Any) -> Completion:
            await put(store, bucket, b"k", b"another was faster")
            return await reckon(*args, **kwargs)

        monkeypatch.setattr(store.multipart, "reckon", late)
        with refused("PreconditionFailed"):
            await store.multipart.complete(bucket, completion, None)


@in_a_loop
async def test_who_may_not_write_is_not_told_what_stands(data_dir: Path) -> None:
    def nobody(*_: object) -> None:
        raise ACCESS_DENIED()

    async with opened(data_dir) as (store, bucket):
        upload = await written(store, bucket, b"x")
        with refused("AccessDenied"):
            await upload.commit(ObjectSpec(b"k", condition=PRESENT), OWNER, nobody)
        with refused("AccessDenied"):
            await store.delete_object(bucket, b"k", nobody, PRESENT)


@pytest.mark.parametrize("stores", [1, 3])
@in_a_loop
async def test_of_those_who_want_an_unused_key_one_wins(data_dir: Path, stores: int) -> None:
    """Several stores are several writers, as several processes would be."""
    opening = [await Store.open(data_dir) for _ in range(stores)]
    try:
        bucket = await opening[0].bucket("photos")
        assert bucket is not None
        for key in (b"a", b"b", b"c"):
            writing = [
                put(store, bucket, key, b"%d" % n * (1 if n % 2 else LARGE), ABSENT)
                for n, store in zip(range(24), itertools.cycle(opening), strict=False)
            ]
            outcomes = await asyncio.gather(*writing, return_exceptions=True)
            (won,) = (one for one in outcomes if isinstance(one, StoredObject))
            assert codes(outcomes).count("PreconditionFailed") == 23
            found = await opening[-1].object(bucket, key)
            assert found == won
    finally:
        for store in opening:
            await store.close()
    kept = rows(data_dir, "SELECT count(*) FROM objects WHERE blob_id LIKE 'f%'")
    assert kept == [(len(blob_files(data_dir)),)]


@pytest.mark.parametrize("stores", [1, 3])
@in_a_loop
async def test_no_change_is_lost_by_those_who_match_what_they_read(
    data_dir: Path, stores: int
) -> None:
    """Each adds one to the number that it reads, and tries again while others were faster."""

    async def add_one(store: Store, bucket: Bucket) -> None:
        while True:
            found = await store.object(bucket, b"k")
            assert found is not None
            number = int(await content_of(store, found)) + 1
            adding = put(store, bucket, b"k", b"%d" % number, matching(found.etag))
            (code,) = codes(await asyncio.gather(adding, return_exceptions=True))
            if code == "ok":
                return
            assert code == "PreconditionFailed"

    opening = [await Store.open(data_dir) for _ in range(stores)]
    try:
        bucket = await opening[0].bucket("photos")
        assert bucket is not None
        await put(opening[0], bucket, b"k", b"0")
        adding = [add_one(opening[n % stores], bucket) for n in range(12)]
        await asyncio.gather(*adding)
        found = await opening[0].object(bucket, b"k")
        assert found is not None
        assert await content_of(opening[0], found) == b"12"
    finally:
        for store in opening:
            await store.close()


class Shelf:
    """What must stand under each key, told by plain rules; and random changes of it."""

    def __init__(self, store: Store, bucket: Bucket, source: StoredObject, seed: int) -> None:
        self._store = store
        self._bucket = bucket
        self._source = source
        self._chance = random.Random(seed)
        self.etags: dict[bytes, str] = {}

    async def change(self) -> tuple[Coroutine[Any, Any, Any], str]:
        """A change that is ready to be committed, and the code of its outcome."""
        key = self._chance.choice([b"a", b"b"])
        there = self.etags.get(key)
        condition, code = self._condition(there)
        match self._chance.choice(["put", "put", "copy", "delete", "complete"]):
            case "put":
                content = b"%d" % self._chance.randrange(3)
                upload = await written(self._store, self._bucket, content)
                await upload.finish()
                changing: Coroutine[Any, Any, Any] = upload.commit(
                    ObjectSpec(key, condition=condition), OWNER
                )
                etag = hashlib.md5(content).hexdigest()
            case "copy":
                spec = ObjectSpec(key, condition=condition)
                changing = self._store.copy_object(self._source, self._bucket, spec, OWNER)
                etag = self._source.etag
            case "complete":
                parted = await begun(self._store, self._bucket, key)
                await put_part(self._store, self._bucket, parted, 1, b"part")
                done = await self._store.multipart.reckon(parted, None, condition=condition)
                changing = self._store.multipart.complete(self._bucket, done, None)
                etag = done.whole.etag
            case _:
                changing = self._store.delete_object(self._bucket, key, None, condition)
                etag = ""
        if code == "ok":
            self.etags.pop(key, None)
            if etag:
                self.etags[key] = etag.upper()
        return changing, code

    def _condition(self, there: str | None) -> tuple[WriteCondition | None, str]:
        """Any condition, and what must come of it where an object with this ETag is, or none."""
        kind = self._chance.choice(["none", "absent", "present", "its", "another"])
        if kind == "none":
            return None, "ok"
        if kind == "absent":
            return ABSENT, "ok" if there is None else "PreconditionFailed"
        if there is None:
            return (PRESENT if kind == "present" else matching("some")), "NoSuchKey"
        if kind == "another":
            return matching("some"), "PreconditionFailed"
        return (PRESENT if kind == "present" else matching(f'"{there.lower()}"')), "ok"


@pytest.mark.parametrize("seed", range(4))
@in_a_loop
async def test_each_sees_what_came_before_it_in_its_batch(data_dir: Path, seed: int) -> None:
    async with opened(data_dir) as (store, bucket):
        source = await put(store, bucket, b"source", b"source")
        shelf = Shelf(store, bucket, source, seed)
        for _ in range(6):
            changes = [await shelf.change() for _ in range(12)]
            with holding(Layout(data_dir).catalog_lock):
                tasks = [asyncio.ensure_future(changing) for changing, _ in changes]
                for _ in range(5):  # each is queued in its turn
                    await asyncio.sleep(0)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert codes(outcomes) == [code for _, code in changes]
            for key in (b"a", b"b"):
                found = await store.object(bucket, key)
                assert (found and found.etag) == shelf.etags.get(key)
