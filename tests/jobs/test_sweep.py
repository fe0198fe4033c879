from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert

from pillarbox.jobs.sweep import sweep
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.catalog import schema
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.layout import Layout
from pillarbox.storage.upkeep import Upkeep
from tests.storage.stores import LARGE, blob_files, content_of, opened, put, written


def swept(data_dir: Path) -> int:
    with closing(Upkeep(data_dir)) as upkeep:
        return sum(sweep(upkeep))


def run_folders(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "blobs").iterdir())


def orphans_in(folder: Path, count: int) -> list[Path]:
    ids = BlobIds(folder.name)
    paths = [folder / ids.file().replace("-", "-ffff") for _ in range(count)]
    for path in paths:
        path.write_bytes(b"x")
    return paths


def test_orphans_of_a_dead_run_go_and_the_rest_stays(data_dir: Path) -> None:
    async def fill() -> None:
        async with opened(data_dir) as (store, bucket):
            for n in range(3):
                await put(store, bucket, b"k%d" % n, b"x" * LARGE)
            await put(store, bucket, b"k0", b"garbage needs its file until the reaper comes")

    async def check() -> None:
        async with opened(data_dir) as (store, bucket):
            for n in range(1, 3):
                found = await store.object(bucket, b"k%d" % n)
                assert found is not None
                assert await content_of(store, found) == b"x" * LARGE

    asyncio.run(fill())
    kept = blob_files(data_dir)
    (folder,) = run_folders(data_dir)
    orphans_in(folder, 1200)
    (folder / ".unfinished").write_bytes(b"x")
    assert swept(data_dir) == 1200
    assert blob_files(data_dir) == kept
    asyncio.run(check())


def test_what_any_table_names_stays(data_dir: Path) -> None:
    folder = data_dir / "blobs" / "0123456789abcdef0123"
    folder.mkdir()
    current, old, part, piece, dead, orphan = orphans_in(folder, 6)
    version = {
        "key": b"k",
        "object_type": "Normal",
        "delete_marker": False,
        "size": 1,
        "etag": "",
        "md5": b"",
        "crc64": 0,
        "modified_ms": 0,
        "acl": "default",
        "owner_id": "",
        "storage_class": "",
        "attributes": "{}",
        "bucket_id": 1,
    }
    rows = [
        (schema.objects, version | {"blob_id": current.name}),
        (schema.noncurrent_versions, version | {"blob_id": old.name, "sequence": 1}),
        (
            schema.parts,
            {
                "upload_id": "u",
                "number": 1,
                "blob_id": part.name,
                "size": 1,
                "md5": b"",
                "crc64": 0,
                "modified_ms": 0,
            },
        ),
        (
            schema.object_blobs,
            {"object_blob_id": "m", "position": 0, "blob_id": piece.name, "size": 1},
        ),
        (schema.garbage, {"blob_id": dead.name, "since_ms": 0}),
    ]
    with closing(Catalog(Layout(data_dir))) as catalog, catalog.writing() as connection:
        for table, values in rows:
            connection.execute(insert(table).values(**values))
    assert swept(data_dir) == 1
    assert not orphan.exists()
    assert all(path.exists() for path in (current, old, part, piece, dead))


def test_a_living_run_is_never_touched(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            upload = await written(store, bucket, b"x" * LARGE)
            await upload.finish()  # on the disk, and no row yet
            assert len(blob_files(data_dir)) == 1
            assert await asyncio.to_thread(swept, data_dir) == 0
            assert len(blob_files(data_dir)) == 1
            await upload.abort()

    asyncio.run(run())


def test_empty_dead_folders_go(data_dir: Path) -> None:
    async def run() -> None:
        for _ in range(3):
            async with opened(data_dir):
                pass
        assert len(run_folders(data_dir)) == 3
        async with opened(data_dir):
            assert await asyncio.to_thread(swept, data_dir) == 0
            assert len(run_folders(data_dir)) == 1

    asyncio.run(run())
    swept(data_dir)
    assert run_folders(data_dir) == []


def test_a_swept_folder_is_not_looked_through_again_but_goes_when_empty(data_dir: Path) -> None:
    async def fill() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"k", b"x" * LARGE)

    asyncio.run(fill())
    (folder,) = run_folders(data_dir)
    swept(data_dir)
    (late,) = orphans_in(folder, 1)  # no dead run writes; this shows that nobody looks
    assert swept(data_dir) == 0
    assert late.exists()
    for path in blob_files(data_dir):
        path.unlink()
    swept(data_dir)
    assert run_folders(data_dir) == []


def test_a_sweep_may_stop_between_two_steps(data_dir: Path) -> None:
    folder = data_dir / "blobs" / "0123456789abcdef0123"
    folder.mkdir()
    orphans_in(folder, 1200)
    with closing(Upkeep(data_dir)) as upkeep:
        steps = sweep(upkeep)
        assert next(steps) == 500
        steps.close()
        assert len(blob_files(data_dir)) == 700
        assert sum(sweep(upkeep)) == 700
