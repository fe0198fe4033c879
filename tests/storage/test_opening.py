"""Opening objects: what is opened is closed again, whoever gives up, and lists stay whole."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pillarbox.jobs.sweep import sweep
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.storage import upkeep as upkeep_module
from pillarbox.storage.blobs.pins import Pins, is_pinned
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store
from pillarbox.storage.upkeep import Upkeep
from tests.storage.loops import in_a_loop
from tests.storage.stores import LARGE, blob_files, content_of, opened, put, rows
from tests.storage.test_multipart import LARGE_PART, begun, complete, put_part
from tests.storage.test_shared_blobs import clear_up


async def of_two_parts(store: Store, bucket: Bucket) -> StoredObject:
    upload = await begun(store, bucket)
    for number in (1, 2):
        await put_part(store, bucket, upload, number, LARGE_PART)
    return await complete(store, bucket, upload)


def pins(data_dir: Path) -> list[Path]:
    return list(data_dir.glob("blobs/*/.reading-*"))


def open_blobs(data_dir: Path) -> list[str]:
    """Blob files that this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(link.readlink())
            if target.startswith(str(data_dir / "blobs")) and "/f" in target:
                found.append(target)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are found in /proc")
@in_a_loop
async def test_who_gives_up_while_it_opens_leaves_nothing_open(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        whole = await put(store, bucket, b"whole", b"x" * LARGE)
        parted = await of_two_parts(store, bucket)
        go_on = threading.Event()
        try:
            for _ in range(8):  # all the threads that open files
                store._reading.submit(go_on.wait)
            opening = [asyncio.ensure_future(store.open_object(one)) for one in (whole, parted)]
            await asyncio.sleep(0)  # both have asked a thread
            for task in opening:
                task.cancel()
            outcomes = await asyncio.gather(*opening, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in outcomes)
        finally:
            go_on.set()
        # What comes behind in the same threads: by then both were opened, and closed again.
        for _ in range(2):
            assert await content_of(store, parted) == LARGE_PART * 2
        assert pins(data_dir) == []
        assert open_blobs(data_dir) == []


@in_a_loop
async def test_a_list_that_is_not_whole_is_lost(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored = await of_two_parts(store, bucket)
        with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
            catalog.execute("DELETE FROM object_blobs WHERE position = 1")
        with pytest.raises(LostBlob, match=f"{LARGE} bytes in its list"):
            await store.open_object(stored)
        assert pins(data_dir) == []


@in_a_loop
async def test_where_no_pin_can_be_made_is_read_all_the_same(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored = await of_two_parts(store, bucket)
        (run,) = (data_dir / "blobs").iterdir()
        (run / f".reading-{stored.blob_id}").mkdir()  # in the pin's place
        assert await content_of(store, stored) == LARGE_PART * 2


@in_a_loop
async def test_a_list_that_is_opened_while_the_reaper_waits_stays(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(data_dir) as (store, bucket):
        stored = await of_two_parts(store, bucket)
        await store.delete_object(bucket, b"k")
        assert stored.blob_id is not None
        pinned = Pins(store._blobs._folder)

        def pinned_just_after(layout: Layout, object_blob_id: str) -> bool:
            monkeypatch.setattr(upkeep_module, "is_pinned", is_pinned)
            was = is_pinned(layout, object_blob_id)
            pinned.add(object_blob_id)
            return was

        monkeypatch.setattr(upkeep_module, "is_pinned", pinned_just_after)
        assert clear_up(data_dir) == 0
        assert rows(data_dir, "SELECT count(*) FROM object_blobs") == [(2,)]
        pinned.remove(stored.blob_id)
        assert clear_up(data_dir) == 3


@in_a_loop
async def test_a_store_that_closes_over_its_readers_pins_nothing_for_ever(data_dir: Path) -> None:
    async with opened(data_dir) as (store, bucket):
        stored = await of_two_parts(store, bucket)
        left, closed_late = [await store.open_object(stored) for _ in range(2)]
        await store.delete_object(bucket, b"k")
        assert clear_up(data_dir) == 0
    with closing(Upkeep(data_dir)) as upkeep:
        list(sweep(upkeep))
    assert clear_up(data_dir) == 3
    assert blob_files(data_dir) == []
    closed_late.close()
    left.close()
