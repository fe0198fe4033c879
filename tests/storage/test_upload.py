from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pillarbox.model.objects import ObjectSpec
from pillarbox.model.refusals import Refusal
from pillarbox.storage.blobs.blob_file import BlobFile
from pillarbox.storage.store import Store
from pillarbox.storage.upload import INLINE_SIZE, Upload
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows, written


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("size", [0, 10, 65_536, LARGE, 2_000_000])
@pytest.mark.parametrize("finished", [False, True])
def test_an_abort_leaves_nothing(data_dir: Path, size: int, finished: bool) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            descriptors = open_descriptors()
            upload = await written(store, bucket, b"x" * size)
            if finished:
                await upload.finish()
            await upload.abort()
            await upload.abort()
            assert blob_files(data_dir) == []
            assert open_descriptors() == descriptors
            with pytest.raises(RuntimeError, match="ended"):
                await upload.write(b"more")
            with pytest.raises(RuntimeError, match="ended"):
                await upload.commit(ObjectSpec(b"k"), OWNER)

    asyncio.run(run())
    assert rows(data_dir, "SELECT * FROM objects") == []


@pytest.mark.parametrize("before", [0, 300_000])
def test_an_upload_at_rest_holds_nothing_and_goes_on(data_dir: Path, before: int) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            first, content = os.urandom(before), os.urandom(100_000)
            upload = await written(store, bucket, first)
            await upload.write(content)
            assert upload.rest()
            assert upload._gathering.size == 0
            assert not upload.rest()
            await upload.write(b"few")
            assert not upload.rest(), "a few bytes are not worth a write"
            await upload.write(content)
            stored = await upload.commit(ObjectSpec(b"k"), OWNER)
            assert not upload.rest()
            assert await content_of(store, stored) == first + content + b"few" + content

    asyncio.run(run())


def test_what_may_be_small_stays_in_memory_at_rest(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x" * INLINE_SIZE)
            assert not upload.rest()
            await upload.commit(ObjectSpec(b"k"), OWNER)
            assert blob_files(data_dir) == []

    asyncio.run(run())


def test_an_abort_after_the_commit_changes_nothing(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x" * LARGE)
            stored = await upload.commit(ObjectSpec(b"k"), OWNER)
            await upload.abort()
            assert await content_of(store, stored) == b"x" * LARGE

    asyncio.run(run())


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_refused_commit_leaves_nothing(data_dir: Path, size: int) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"k", b"first")
            upload = await written(store, bucket, b"x" * size)
            with pytest.raises(Refusal, match="FileAlreadyExists"):
                await upload.commit(ObjectSpec(b"k", forbid_overwrite=True), OWNER)
            await upload.abort()
            assert blob_files(data_dir) == []

    asyncio.run(run())
    assert rows(data_dir, "SELECT bytes FROM inline_blobs") == [(b"first",)]


@pytest.mark.parametrize("size", [10, LARGE, 3_000_000])
def test_cancelled_anywhere_an_upload_is_whole_or_absent(data_dir: Path, size: int) -> None:
    """Cancelled after 0, 1, 2, … turns of the loop; the last time it gets through."""

    async def cancelled_after(store: Store, turns: int) -> bool:
        bucket = await store.bucket("photos")
        assert bucket is not None
        task = asyncio.ensure_future(put(store, bucket, b"k-%d" % turns, b"x" * size))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return not task.cancelled()

    async def run() -> None:
        for turns in (*range(40), 100, 400):
            async with opened(data_dir) as (store, _):
                if await cancelled_after(store, turns):
                    break

        # Closing has waited for whatever was left to clean up.
        async with opened(data_dir) as (store, bucket):
            listed = (await store.list_objects(bucket, max_keys=1000)).objects
            for entry in listed:
                stored = await store.object(bucket, entry.key)
                assert stored is not None
                assert await content_of(store, stored) == b"x" * size
            files = len(blob_files(data_dir))
            assert files == (len(listed) if size > 65_536 else 0)

    asyncio.run(run())


def _raise_after(calls: int, error: OSError) -> Callable[..., None]:
    original = BlobFile.append
    left = iter(range(calls))

    def append(self: BlobFile, buffers: list[bytes]) -> None:
        if next(left, None) is None:
            raise error
        original(self, buffers)

    return append


@pytest.mark.parametrize(
    ("number", "code"),
    [(28, "InsufficientStorage"), (122, "InsufficientStorage"), (5, "ServiceUnavailable")],
)
def test_an_error_of_the_disk_is_a_refusal(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    async def upload_all(upload: Upload) -> None:
        for _ in range(20):
            await upload.write(b"x" * 262_144)
        await upload.commit(ObjectSpec(b"k"), OWNER)

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            with monkeypatch.context() as patch:
                error = OSError(number, os.strerror(number))
                patch.setattr(BlobFile, "append", _raise_after(3, error))
                upload = store.begin_upload(bucket)
                with pytest.raises(Refusal, match=code) as refused:
                    await upload_all(upload)
                assert isinstance(refused.value.__cause__, OSError)
                await upload.abort()
            assert blob_files(data_dir) == []
            await put(store, bucket, b"next", b"x" * LARGE)

    asyncio.run(run())
    assert rows(data_dir, "SELECT key FROM objects") == [(b"next",)]


def test_a_failed_sync_of_the_folder_is_no_success(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", fail)
                with pytest.raises(Refusal, match="ServiceUnavailable"):
                    await put(store, bucket, b"k", b"x" * LARGE)
            await put(store, bucket, b"next", b"x" * LARGE)

    asyncio.run(run())
    assert rows(data_dir, "SELECT key FROM objects") == [(b"next",)]
    assert len(blob_files(data_dir)) == 1


def test_a_writer_ahead_of_the_disk_waits(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the disk standing still only a bounded number of buffers is taken."""
    gate = threading.Event()
    original = BlobFile.append

    def append(self: BlobFile, buffers: list[bytes]) -> None:
        gate.wait(30)
        original(self, buffers)

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            monkeypatch.setattr(BlobFile, "append", append)
            upload = store.begin_upload(bucket)

            async def send() -> None:
                for _ in range(40):
                    await upload.write(b"x" * 262_144)

            sending = asyncio.ensure_future(send())
            for _ in range(200):
                await asyncio.sleep(0)
            assert upload.size <= 5 * 262_144
            gate.set()
            await sending
            stored = await upload.commit(ObjectSpec(b"k"), OWNER)
            assert stored.size == 40 * 262_144

    asyncio.run(run())
