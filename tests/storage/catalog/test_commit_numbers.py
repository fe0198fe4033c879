"""What a store tells of its commits and syncs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pillarbox.model.metrics import COMMIT_CHANGES, COMMIT_QUEUE, COMMIT_SECONDS, SYNC_SECONDS
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store
from tests.recording_meter import RecordingMeter
from tests.server_process import PATIENCE
from tests.storage.stores import LARGE, put


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


def test_batches_and_their_queue(data_dir: Path) -> None:
    """While another process holds the catalog's lock, what comes waits in the queue."""
    meter = RecordingMeter()

    async def run() -> None:
        store = await Store.open(data_dir, meter=meter)
        try:
            bucket = await store.bucket("photos")
            assert bucket is not None
            before = len(meter.values(COMMIT_CHANGES))
            meter.additions.clear()
            with holding(Layout(data_dir).catalog_lock):
                tasks = [asyncio.create_task(put(store, bucket, b"%d" % n, b"x")) for n in range(3)]
                await until(lambda: meter.additions[COMMIT_QUEUE] == 3)
                assert meter.added[COMMIT_QUEUE, ()] == 3
            await asyncio.gather(*tasks)
            # Whoever has waited for the lock takes all along that came meanwhile.
            assert meter.values(COMMIT_CHANGES)[before:] == [3]
            assert meter.added[COMMIT_QUEUE, ()] == 0
            assert len(meter.values(COMMIT_SECONDS)) == len(meter.values(COMMIT_CHANGES))
        finally:
            await store.close()

    asyncio.run(run())


def test_each_step_of_an_upload_is_told(data_dir: Path) -> None:
    meter = RecordingMeter()

    async def run() -> dict[str, int]:
        store = await Store.open(data_dir, meter=meter)
        try:
            bucket = await store.bucket("photos")
            assert bucket is not None
            meter.observed.clear()
            await put(store, bucket, b"k", b"x" * LARGE)
            return {
                what: len(meter.values(SYNC_SECONDS, (what,)))
                for what in ("blob", "folder", "catalog")
            }
        finally:
            await store.close()

    assert asyncio.run(run()) == {"blob": 1, "folder": 1, "catalog": 1}
    assert all(seconds > 0 for seconds in meter.values(SYNC_SECONDS, ("blob",)))


@pytest.mark.parametrize("switches", ["", "no-fdatasync", "no-fdatasync,no-catalog-sync"])
def test_a_meter_changes_nothing_of_what_is_forced_to_the_disk(switches: str) -> None:
    durability = Durability.without(switches)
    told = durability.told_to(RecordingMeter())
    assert told == durability
    assert (told.data, told.folder, told.catalog) == (
        "no-fdatasync" not in switches,
        True,
        "no-catalog-sync" not in switches,
    )
