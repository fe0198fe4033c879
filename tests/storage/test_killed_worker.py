"""A worker that is killed leaves an object whole or absent, and the sweep clears the rest."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.jobs.sweep import sweep
from pillarbox.model.objects import ObjectSpec
from pillarbox.storage.upkeep import Upkeep
from tests.storage import dying_worker
from tests.storage.fsck.conftest import faults_of
from tests.storage.stores import OWNER, blob_files, content_of, opened, put, written

OLD = b"o" * 200_000


@pytest.mark.parametrize("point", dying_worker.POINTS)
def test_a_killed_worker_leaves_nothing_visible(data_dir: Path, point: str) -> None:
    async def prepare() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"k", OLD)

    async def check() -> bytes:
        async with opened(data_dir) as (store, bucket):
            (entry,) = (await store.list_objects(bucket)).objects
            found = await store.object(bucket, b"k")
            assert found is not None
            assert found.size == entry.size
            return await content_of(store, found)

    asyncio.run(prepare())
    died = subprocess.run(
        [sys.executable, dying_worker.__file__, str(data_dir), point], timeout=60, check=False
    )
    assert died.returncode == 9
    orphans = {"writing": 0, "syncing": 0, "linked": 1, "finished": 1, "applied": 1}
    new = b"n" * dying_worker.SIZE
    assert asyncio.run(check()) == (new if point == "committed" else OLD)
    assert len(blob_files(data_dir)) == (2 if point == "committed" else 1 + orphans[point])

    upkeep = Upkeep(data_dir)
    assert sum(sweep(upkeep)) == orphans.get(point, 0)
    upkeep.close()
    assert asyncio.run(check()) == (new if point == "committed" else OLD)


@pytest.mark.parametrize("point", ["linked", "finished", "applied", "committed"])
def test_an_append_is_whole_or_absent(data_dir: Path, point: str) -> None:
    async def prepare() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, OLD)
            await upload.commit_append(ObjectSpec(b"k"), OWNER, 0)

    async def content() -> bytes:
        async with opened(data_dir) as (store, bucket):
            found = await store.object(bucket, b"k")
            assert found is not None
            return await content_of(store, found)

    asyncio.run(prepare())
    died = subprocess.run(
        [sys.executable, dying_worker.__file__, str(data_dir), point, str(len(OLD))],
        timeout=60,
        check=False,
    )
    assert died.returncode == 9
    is_there = point == "committed"
    assert asyncio.run(content()) == OLD + b"n" * dying_worker.SIZE * is_there
    with closing(Upkeep(data_dir)) as upkeep:
        assert sum(sweep(upkeep)) == (0 if is_there else 1)
    assert len(blob_files(data_dir)) == 1 + is_there
    assert faults_of(data_dir) == []
