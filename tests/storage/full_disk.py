"""Fills a small file system and goes on: `unshare … python full_disk.py DIR`, in its own mounts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from pillarbox.jobs.reaper import reap
from pillarbox.model.refusals import Refusal
from pillarbox.storage.upkeep import Upkeep
from tests.storage.stores import blob_files, content_of, new_data_dir, opened, put


async def fill(data_dir: Path, size: int) -> None:
    """Objects of `size` bytes until there is no room, then room is made and used again."""
    content = b"x" * size
    async with opened(data_dir) as (store, bucket):
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
            assert len(blob_files(data_dir)) == stored

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
