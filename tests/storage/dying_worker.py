"""A worker that dies at a chosen point of an upload: `python dying_worker.py DIR POINT [POSITION]`.

With a position the upload is an append there.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pillarbox.model.objects import ObjectSpec
from pillarbox.storage import outcomes
from pillarbox.storage.blobs.blob_file import BlobFile
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.catalog import group_commit

SIZE = 3_000_000
POINTS = ("writing", "syncing", "linked", "finished", "applied", "committed")


def die_after(original: Callable[..., Any], *, before: bool = False) -> Callable[..., Any]:
    def dying(*arguments: Any) -> Any:
        if not before:
            original(*arguments)
        os._exit(9)

    return dying


def arm(point: str) -> None:
    """Make the process end at `point`."""
    if point == "writing":
        BlobFile.append = die_after(BlobFile.append)  # type: ignore[method-assign]
    elif point == "syncing":
        Durability.sync_data = die_after(Durability.sync_data)  # type: ignore[method-assign]
    elif point == "linked":
        BlobFile.seal = die_after(BlobFile.seal)  # type: ignore[method-assign]
    elif point == "applied":
        group_commit._apply = die_after(group_commit._apply)
    elif point == "committed":
        setattr(group_commit, "tell", die_after(outcomes.tell, before=True))  # noqa: B010


async def upload(data_dir: Path, point: str, position: int | None) -> None:
    from pillarbox.storage.store import Store

    store = await Store.open(data_dir)
    bucket = await store.bucket("photos")
    assert bucket is not None
    one = store.begin_upload(bucket)
    for _ in range(SIZE // 100_000):
        await one.write(b"n" * 100_000)
    await one.finish()
    if point == "finished":
        os._exit(9)
    if position is None:
        await one.commit(ObjectSpec(b"k"), "owner")
    else:
        await one.commit_append(ObjectSpec(b"k"), "owner", position)


if __name__ == "__main__":
    arm(sys.argv[2])
    asyncio.run(upload(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else None))
