"""A directory on the disk that is measured, and the file that is sent from it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Bytes written at once; random, so that no filesystem compresses or shares them.
_PIECE = 1 << 20


class UnusableError(Exception):
    """The directory can't show what a disk does; the text says how to mend it."""


@contextmanager
def workspace(parent: Path, disk_space: int) -> Iterator[Path]:
    """A new directory in `parent`, gone afterwards with all that lies in it.

    Raises:
        UnusableError: `parent` is no directory, is kept in memory, or has not `disk_space` bytes.
    """
    if not parent.is_dir():
        raise UnusableError(f"{parent} is no directory: choose another with --dir")
    if filesystem(parent) in ("tmpfs", "ramfs"):
        raise UnusableError(f"{parent} is kept in memory: choose one on a disk with --dir")
    free = shutil.disk_usage(parent).free
    if free < disk_space:
        raise UnusableError(
            f"{parent} has {free >> 30} GiB free of the {(disk_space >> 30) + 1} GiB needed: "
            "choose another with --dir, or measure less (--quick)"
        )
    path = Path(tempfile.mkdtemp(prefix="pillarbox-bench-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def filesystem(path: Path) -> str:
    """The type of the filesystem in which `path` lies, such as `ext4`; empty if unknown."""
    best, kind = "", ""
    place = os.path.realpath(path)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, mount, found, *_ = line.split()
        inside = mount == "/" or place == mount or place.startswith(mount + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, found
    return kind


def random_file(path: Path, size: int) -> Path:
    """A file of `size` random bytes at `path`."""
    with path.open("wb") as file:
        for start in range(0, size, _PIECE):
            file.write(os.urandom(min(_PIECE, size - start)))
    return path


def hollow_file(path: Path, size: int) -> Path:
    """A file of `size` zeros that takes no room: for what only its length matters."""
    with path.open("wb") as file:
        file.truncate(size)
    return path
