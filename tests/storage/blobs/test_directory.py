from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pillarbox.storage.blobs.directory import BlobDirectory
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.blobs.run_folder import RunFolder
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import Layout
from tests.server_process import PATIENCE


class Gated(Durability):
    """Counts the syncs of the folder; each waits for the gate."""

    gate = threading.Event()
    begun: list[int] = []  # noqa: RUF012 - cleared by each test
    failure: BaseException | None = None
    fails_once = False

    def sync_folder(self, descriptor: int) -> None:
        type(self).begun.append(descriptor)
        self.gate.wait(30)
        if (failure := type(self).failure) is not None:
            if self.fails_once:
                type(self).failure = None
            raise failure


@contextmanager
def directory(tmp_path: Path) -> Iterator[BlobDirectory]:
    layout = Layout(tmp_path)
    layout.blobs.mkdir()
    Gated.gate = threading.Event()
    Gated.begun = []
    Gated.failure = None
    Gated.fails_once = False
    folder = RunFolder.create(layout)
    with ThreadPoolExecutor(2) as threads:
        blobs = BlobDirectory(layout, folder, Gated(), threads)
        yield blobs
        blobs.close()


def test_one_sync_serves_all_who_wait_but_none_that_came_late(tmp_path: Path) -> None:
    async def run() -> None:
        with directory(tmp_path) as blobs:
            first = asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
            while not Gated.begun:
                await asyncio.sleep(0.001)
            late = [
                asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
                for _ in range(10)
            ]
            await asyncio.sleep(0)
            late[3].cancel()  # one who leaves takes nobody with it
            Gated.gate.set()
            await first
            done = await asyncio.gather(*late, return_exceptions=True)
            assert [isinstance(one, BaseException) for one in done] == [n == 3 for n in range(10)]
            assert len(Gated.begun) == 2
            await blobs.make_names_durable(blobs.failed_syncs)
            assert len(Gated.begun) == 3

    asyncio.run(run())


@pytest.mark.parametrize(
    "failure",
    [OSError(5, "Input/output error"), ValueError("closed"), MemoryError(), SystemExit()],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failed_sync_is_told_to_all_who_waited_for_it(
    tmp_path: Path, failure: BaseException
) -> None:
    async def run() -> None:
        with directory(tmp_path) as blobs:
            Gated.failure = failure
            Gated.gate.set()
            waiting = [
                asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
                for _ in range(3)
            ]
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert all(isinstance(result, OSError) for result in results)
            Gated.failure = None
            await blobs.make_names_durable(blobs.failed_syncs)

    asyncio.run(run())


def test_a_sync_that_is_cancelled_leaves_nobody_waiting(tmp_path: Path) -> None:
    async def run() -> None:
        with directory(tmp_path) as blobs:
            first = asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
            while not Gated.begun:
                await asyncio.sleep(0.001)
            late = asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
            await asyncio.sleep(0)
            assert blobs._syncing is not None
            blobs._syncing.cancel()
            async with asyncio.timeout(PATIENCE):
                results = await asyncio.gather(first, late, return_exceptions=True)
            assert all(isinstance(result, OSError) for result in results)
            Gated.gate.set()
            await blobs.make_names_durable(blobs.failed_syncs)

    asyncio.run(run())


@pytest.mark.parametrize("blob_id", ["", "../catalog.sqlite3", "i0-1", "f" + "0" * 20 + "-1/.."])
def test_only_ids_of_files_become_paths(tmp_path: Path, blob_id: str) -> None:
    with directory(tmp_path) as blobs, pytest.raises(LostBlob):
        blobs.open(blob_id, 1)


def test_no_later_sync_makes_good_for_one_that_failed(tmp_path: Path) -> None:
    """After it the kernel takes for written what it could not write."""

    async def run() -> None:
        with directory(tmp_path) as blobs:
            Gated.failure, Gated.fails_once = OSError(5, "Input/output error"), True
            first = asyncio.ensure_future(blobs.make_names_durable(blobs.failed_syncs))
            while not Gated.begun:
                await asyncio.sleep(0.001)
            before = blobs.failed_syncs
            meanwhile = asyncio.ensure_future(blobs.make_names_durable(before))
            await asyncio.sleep(0)
            Gated.gate.set()
            done = await asyncio.gather(first, meanwhile, return_exceptions=True)
            assert [isinstance(one, OSError) for one in done] == [True, True]
            with pytest.raises(OSError, match="has failed"):
                await blobs.make_names_durable(before)  # the name was given before as well
            await blobs.make_names_durable(blobs.failed_syncs)
            assert len(Gated.begun) == 4

    asyncio.run(run())
