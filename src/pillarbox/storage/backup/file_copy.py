"""One file copied so that it is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pillarbox.model.limits import MIB
from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.layout import FILE_MODE

_PIECE = 1 * MIB


def copy_file(
    path: Path, place: Path, size: int | None = None, told: Callable[[int], None] = lambda _: None
) -> int | None:
    """Copy `path` to `place`, durably but for the name; bytes that are there instead of `size`.

    None is as it should be; else nothing was made. `told` hears of the bytes. Raises OSError.
    """
    unfinished = unfinished_of(place)
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with (
            path.open("rb", buffering=0) as source,
            os.fdopen(os.open(unfinished, flags, FILE_MODE), "wb", buffering=0) as target,
        ):
            copied = 0
            while piece := source.read(_PIECE):
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(target.fileno(), rest) :]
                copied += len(piece)
                told(len(piece))
            WHOLE.sync_data(target.fileno())
        if size is not None and copied != size:
            return copied
        unfinished.rename(place)
    finally:
        unfinished.unlink(missing_ok=True)
    return None


def unfinished_of(place: Path) -> Path:
    """What a file is called until it is whole; the dot makes it one that a sweep removes."""
    return place.with_name(f".{place.name}")
