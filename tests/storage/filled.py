"""A store that has one of each: small, large, empty, copied, in parts, overwritten, unfinished."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pillarbox.model.objects import ObjectSpec
from tests.storage.stores import LARGE, OWNER, content_of, opened, put
from tests.storage.test_multipart import LARGE_PART, SMALL_PART, begun, complete, put_part

#: Key to content, as `filled` leaves them.
CONTENTS = {
    b"small": b"s" * 1000,
    b"large": b"l" * LARGE,
    b"empty": b"",
    b"copy of large": b"l" * LARGE,
    b"in parts": LARGE_PART + SMALL_PART,
    "näme\n".encode(): b"second" * 50_000,
}


def filled(data_dir: Path) -> None:
    """Fill the bucket `photos`; an unfinished upload has a large part 1 and a small part 2."""

    async def fill() -> None:
        async with opened(data_dir) as (store, bucket):
            for key in (b"small", b"large", b"empty"):
                await put(store, bucket, key, CONTENTS[key])
            large = await store.object(bucket, b"large")
            assert large is not None
            await store.copy_object(large, bucket, ObjectSpec(b"copy of large"), OWNER)
            upload = await begun(store, bucket, b"in parts")
            await put_part(store, bucket, upload, 1, LARGE_PART)
            await put_part(store, bucket, upload, 2, SMALL_PART)
            await complete(store, bucket, upload)
            key = "näme\n".encode()
            await put(store, bucket, key, b"first" * 50_000)
            await put(store, bucket, key, CONTENTS[key])
            waiting = await begun(store, bucket, b"unfinished")
            await put_part(store, bucket, waiting, 1, LARGE_PART)
            await put_part(store, bucket, waiting, 2, SMALL_PART)

    asyncio.run(fill())


def contents(data_dir: Path) -> dict[bytes, bytes]:
    """Key to content of all objects of the bucket `photos`."""

    async def read() -> dict[bytes, bytes]:
        found = {}
        async with opened(data_dir) as (store, bucket):
            for entry in (await store.list_objects(bucket)).objects:
                stored = await store.object(bucket, entry.key)
                assert stored is not None
                found[entry.key] = await content_of(store, stored)
        return found

    return asyncio.run(read())
