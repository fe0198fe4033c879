"""Fills a small file system and goes on: `unshare … python full_disk.py DIR`, in its own mounts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path

from pillarbox.jobs.reaper import reap
from pillarbox.model.multipart import MultipartUpload
from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.model.refusals import Refusal
from pillarbox.storage.store import Store
from pillarbox.storage.upkeep import Upkeep
from pillarbox.storage.upload import INLINE_SIZE
from tests.storage.stores import OWNER, blob_files, content_of, new_data_dir, opened, put
from tests.storage.test_multipart import begun, complete, put_part


async def begun_with(store: Store, bucket: Bucket, content: bytes) -> MultipartUpload:
    """An upload of one part."""
    upload = await begun(store, bucket, b"parts")
    await put_part(store, bucket, upload, 1, content)
    return upload


async def is_refused(act: Awaitable[object]) -> bool:
    """Whether there is no room for it."""
    try:
        await act
    except Refusal as refusal:
        assert refusal.code == "InsufficientStorage", refusal  # noqa: PT017
        return True
    return False


async def refuse_and_complete(
    store: Store, bucket: Bucket, kept: MultipartUpload, dropped: MultipartUpload, content: bytes
) -> None:
    """On a full disk nothing is begun, added or doubled; what is there is completed or aborted."""
    found = await store.object(bucket, b"%06d" % 0)
    assert found is not None
    count = 0
    while not await is_refused(put_part(store, bucket, dropped, count + 1, content)):
        count += 1
        assert count < 100, "there is room"
    assert len(await store.multipart.parts(dropped)) == count
    if len(content) <= INLINE_SIZE:  # what was refused of a large one has left room for a row
        assert await is_refused(begun(store, bucket))
        assert await is_refused(store.copy_object(found, bucket, ObjectSpec(b"copy"), OWNER))
    assert len(await store.multipart.parts(kept)) == 1
    stored = await complete(store, bucket, kept)
    assert await content_of(store, stored) == content
    await store.multipart.abort(bucket, b"k", dropped.id)


async def fill(data_dir: Path, size: int) -> None:
    """Objects of `size` bytes until there is no room, then room is made and used again."""
    content = b"x" * size
    async with opened(data_dir) as (store, bucket):
        kept, dropped = await begun_with(store, bucket, content), await begun(store, bucket)
        stored = 0
        while True:
            try:
                await put(store, bucket, b"%06d" % stored, content)
            except Refusal as refusal:
                assert refusal.code == "InsufficientStorage", refusal  # noqa: PT017
                break
            stored += 1
        assert stored > 5, stored
        for number in range(stored):
            found = await store.object(bucket, b"%06d" % number)
            assert found is not None
            assert await content_of(store, found) == content
        assert await store.object(bucket, b"%06d" % stored) is None
        listed = (await store.list_objects(bucket, max_keys=1000)).objects
        assert len(listed) == min(stored, 1000)
        if size > 65_536:
            assert len(blob_files(data_dir)) == stored + 1

        await refuse_and_complete(store, bucket, kept, dropped, content)
        for number in range(stored // 2):
            # Deleting needs a little room in the catalog's log, too.
            await store.delete_object(bucket, b"%06d" % number)
        upkeep = Upkeep(data_dir)
        while reap(upkeep, 2**62, 0):
            pass
        upkeep.close()
        again = await put(store, bucket, b"again", content)
        assert await content_of(store, again) == content


if __name__ == "__main__":
    place = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", place], check=True)
    asyncio.run(fill(new_data_dir(place), int(sys.argv[2])))
    print("went on")
