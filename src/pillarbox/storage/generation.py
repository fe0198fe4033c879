"""Caches of what rarely changes, right at once in every process.

A counter in a small shared mapping is raised before any change of buckets or keys is answered; a
cache that finds it raised drops what it has. SQLite's own `data_version` will not do: it counts
every upload.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
from collections.abc import Hashable
from pathlib import Path
from typing import Generic, TypeVar

from pillarbox.storage.layout import FILE_MODE

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_COUNTER = struct.Struct("=Q")


class Generation:
    """The counter of a data directory, shared by all processes that open it."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            _reserve(descriptor, mmap.PAGESIZE)
            self._memory = mmap.mmap(descriptor, mmap.PAGESIZE)
        finally:
            os.close(descriptor)

    def current(self) -> int:
        """The counter. Read it before the catalog is asked for what will be cached."""
        return int(_COUNTER.unpack_from(self._memory)[0])

    def advance(self) -> None:
        """Raise it: every cache is empty from now on.

        Call with the catalog's lock held, after the commit: a reader that sees the new count
        must see the change, and the count must never go back.
        """
        _COUNTER.pack_into(self._memory, 0, (self.current() + 1) & (2**64 - 1))

    def close(self) -> None:
        """Give the mapping back."""
        self._memory.close()


def _reserve(descriptor: int, size: int) -> None:
    """Give a file `size` bytes that the disk has; raises OSError if it has not.

    A page without a block behind it would kill the process (SIGBUS) that first writes to it on a
    full disk. What the file holds already stays.
    """
    try:
        os.posix_fallocate(descriptor, 0, size)
    except (AttributeError, OSError) as error:  # macOS has no such call, some file systems refuse
        if isinstance(error, OSError) and error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
        if os.fstat(descriptor).st_size < size:
            os.ftruncate(descriptor, size)


class GenerationCache(Generic[K, V]):
    """A bounded map that forgets everything when the generation advances."""

    def __init__(self, generation: Generation, max_entries: int = 10_000) -> None:
        self._generation = generation
        self._max_entries = max_entries
        self._seen = generation.current()
        self._entries: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The entry, unless anything changed since it was put."""
        if self._seen != self._generation.current():
            return None
        return self._entries.get(key)

    def put(self, key: K, value: V, generation: int) -> None:
        """Keep a value that was looked up after `generation` was read."""
        if generation != self._seen or len(self._entries) >= self._max_entries:
            self._entries.clear()
            self._seen = generation
        self._entries[key] = value
