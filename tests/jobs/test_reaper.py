from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.jobs.reaper import GRACE_SECONDS, reap
from pillarbox.storage.blobs import run_folder
from pillarbox.storage.upkeep import Upkeep
from tests.storage.stores import LARGE, blob_files, opened, put, rows


def fill(data_dir: Path, overwrites: int) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for n in range(overwrites + 1):
                await put(store, bucket, b"k", b"%d" % n * LARGE)

    asyncio.run(run())


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_garbage_of_a_clock_that_was_ahead_goes_after_its_grace(data_dir: Path) -> None:
    fill(data_dir, 2)
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("UPDATE garbage SET since_ms = since_ms + ?", (10**11,))
    with closing(Upkeep(data_dir)) as upkeep:
        assert reap(upkeep, now_ms()) == 0
        assert reap(upkeep, now_ms() + GRACE_SECONDS * 1000 + 1) == 2


def test_garbage_goes_after_its_grace_and_not_before(data_dir: Path) -> None:
    fill(data_dir, 2)
    with closing(Upkeep(data_dir)) as upkeep:
        assert reap(upkeep, now_ms()) == 0
        assert len(blob_files(data_dir)) == 3
        assert reap(upkeep, now_ms() + GRACE_SECONDS * 1000 + 1) == 2
        assert reap(upkeep, now_ms() + GRACE_SECONDS * 1000 + 1) == 0
    assert rows(data_dir, "SELECT * FROM garbage") == []
    (left,) = blob_files(data_dir)
    assert rows(data_dir, "SELECT blob_id FROM objects") == [(left.name,)]


def test_a_file_that_is_gone_already_is_forgotten(data_dir: Path) -> None:
    fill(data_dir, 1)
    ((garbage,),) = rows(data_dir, "SELECT blob_id FROM garbage")
    for path in blob_files(data_dir):
        if path.name == garbage:
            path.unlink()
    with closing(Upkeep(data_dir)) as upkeep:
        assert reap(upkeep, now_ms() + 1000, grace_seconds=0) == 1
    assert rows(data_dir, "SELECT * FROM garbage") == []


def test_a_file_that_can_not_be_deleted_is_tried_again(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    fill(data_dir, 1)
    with closing(Upkeep(data_dir)) as upkeep:
        for broken in ("unlink", "sync"):
            with monkeypatch.context() as patch:
                if broken == "unlink":
                    patch.setattr(Path, "unlink", fail)
                else:
                    patch.setattr(run_folder, "sync_folder", fail)
                with pytest.raises(OSError, match="Input/output"):
                    reap(upkeep, now_ms() + 1000, grace_seconds=0)
            assert len(rows(data_dir, "SELECT * FROM garbage")) == 1, "the row goes last"
        assert reap(upkeep, now_ms() + 1000, grace_seconds=0) == 1
    assert len(blob_files(data_dir)) == 1
