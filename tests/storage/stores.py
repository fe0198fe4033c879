"""Real stores in real directories, for tests of what is stored and of what clears up behind."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage.preparation import ensure_bucket, prepare
from pillarbox.storage.store import Store
from pillarbox.storage.upload import Upload

OWNER = "1234567890123456"
LARGE = 300_000  # bytes: more than the catalog keeps, and more than one buffer


def new_data_dir(parent: Path) -> Path:
    """A prepared data directory with the bucket `photos`; a copy, for an RSA key takes its time."""
    return shutil.copytree(Path(_prepared().name, "data"), parent / "data")


@cache
def _prepared() -> TemporaryDirectory[str]:
    """Where the directory is that all are copies of; removed with the process."""
    place = TemporaryDirectory(prefix="pillarbox-tests-")
    data_dir = Path(place.name, "data")
    prepare(data_dir)
    ensure_bucket(data_dir, "photos", BucketAcl.PRIVATE, owner_id=OWNER, region="cn-hangzhou")
    return place


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[tuple[Store, Bucket]]:
    """The store of a directory and its bucket `photos`."""
    store = await Store.open(data_dir)
    try:
        bucket = await store.bucket("photos")
        assert bucket is not None
        yield store, bucket
    finally:
        await store.close()


async def put(
    store: Store,
    bucket: Bucket,
    key: bytes,
    content: bytes,
    condition: WriteCondition | None = None,
    *,
    forbid: bool = False,
) -> StoredObject:
    """Upload `content` in pieces of about 100 KB."""
    upload = await written(store, bucket, content)
    spec = ObjectSpec(key, forbid_overwrite=forbid, condition=condition)
    return await upload.commit(spec, OWNER)


async def written(store: Store, bucket: Bucket, content: bytes) -> Upload:
    """An upload that has its bytes and is not committed."""
    upload = store.begin_upload(bucket)
    for start in range(0, len(content), 100_000):
        await upload.write(content[start : start + 100_000])
    return upload


async def content_of(store: Store, stored: StoredObject) -> bytes:
    """All bytes of an object."""
    reader = await store.open_object(stored)
    try:
        return b"".join([piece async for piece in reader.chunks(0, stored.size)])
    finally:
        reader.close()


def blob_files(data_dir: Path) -> list[Path]:
    """Every file in the run folders but locks and marks."""
    return sorted(path for path in data_dir.glob("blobs/*/*") if path.name not in ("lock", "swept"))


def rows(data_dir: Path, query: str) -> list[tuple[object, ...]]:
    """What a query of the catalog says, asked by nobody but SQLite."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as connection:
        return list(connection.execute(query))
