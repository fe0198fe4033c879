"""A store that keeps versions: small, large, copied, in parts, delete markers, null versions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pillarbox.model.objects import ObjectSpec
from pillarbox.model.versioning import NamedVersion, Versioning
from tests.storage.stores import LARGE, OWNER, content_of, opened, put
from tests.storage.test_multipart import LARGE_PART, SMALL_PART, begun, complete, put_part

#: Each version's id, None for the null version, and content, None for a delete marker.
Versions = dict[bytes, list[tuple[str | None, bytes | None]]]

#: Key to the contents of its versions, the youngest first, as `filled_with_versions` leaves them.
VERSIONS: dict[bytes, list[bytes | None]] = {
    b"deleted": [None, b"d" * LARGE],
    b"empty": [b"", b""],
    b"in parts": [LARGE_PART + SMALL_PART, b"p"],
    b"many": [b"5" * 10, b"4" * LARGE, None, b"2", b"1" * LARGE],
    b"null": [b"n" * 70, b"m" * LARGE, None],
    b"null among others": [b"o", b"n" * LARGE, b"m"],
    b"restored": [b"r" * LARGE, b"s", b"r" * LARGE],
}


def filled_with_versions(data_dir: Path) -> None:
    """Fill the bucket `photos`; one version was overwritten, one deleted for good."""

    async def fill() -> None:
        async with opened(data_dir) as (store, bucket):

            async def write(key: bytes, content: bytes | None) -> None:
                if content is None:
                    await store.delete_object(bucket, key)
                else:
                    await put(store, bucket, key, content)

            await store.set_bucket_versioning(bucket, Versioning.ENABLED)
            for key in (b"deleted", b"empty", b"many"):
                for content in reversed(VERSIONS[key]):
                    await write(key, content)
            gone = await put(store, bucket, b"many", b"6" * LARGE)
            await store.delete_object(bucket, b"many", version=NamedVersion(gone.version_id))
            await write(b"in parts", b"p")
            upload = await begun(store, bucket, b"in parts")
            await put_part(store, bucket, upload, 1, LARGE_PART)
            await put_part(store, bucket, upload, 2, SMALL_PART)
            await complete(store, bucket, upload)
            first = await put(store, bucket, b"restored", b"r" * LARGE)
            await write(b"restored", b"s")
            await store.copy_object(first, bucket, ObjectSpec(b"restored"), OWNER)
            await write(b"null", None)
            await write(b"null", b"m" * LARGE)
            await write(b"null among others", b"m")
            await store.set_bucket_versioning(bucket, Versioning.SUSPENDED)
            await write(b"null", b"overwritten" * 20_000)
            await write(b"null", b"n" * 70)
            await write(b"null among others", b"n" * LARGE)
            await store.set_bucket_versioning(bucket, Versioning.ENABLED)
            await write(b"null among others", b"o")

    asyncio.run(fill())


def versions(data_dir: Path) -> Versions:
    """Those of all keys of the bucket `photos`, the youngest of each first."""

    async def read() -> Versions:
        found: Versions = {}
        async with opened(data_dir) as (store, bucket):
            listing = await store.versions.list(bucket, max_keys=100_000)
            for one in listing.versions:
                stack = found.setdefault(one.key, [])
                assert one.is_latest == (not stack)
                named = NamedVersion(one.version_id)
                stored = await store.versions.find(bucket, one.key, named)
                assert stored is not None
                content = None if one.is_delete_marker else await content_of(store, stored)
                stack.append((one.version_id, content))
        return found

    return asyncio.run(read())


def contents_of_versions(data_dir: Path) -> dict[bytes, list[bytes | None]]:
    """The same without ids, as in `VERSIONS`."""
    return {key: [content for _, content in stack] for key, stack in versions(data_dir).items()}
