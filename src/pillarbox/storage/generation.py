"""Caches of what rarely changes, right at once in every process.

A counter in a small shared mapping is odd while buckets or keys are being changed, and even, and
higher, before the change is answered. A cache that finds it raised drops what it has, and while it
is odd the catalog is asked. So whoever is killed in the midst of a change, behind its commit too,
leaves the others slower and never wrong; the next change or start of a server makes it even again.

SQLite's own `data_version` will not do: it counts every upload.
"""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pillarbox.storage.layout import FILE_MODE

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Generation:
    """The counter of a data directory, shared by all processes that open it."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            reserve(descriptor, mmap.PAGESIZE)
            self._memory = mmap.mmap(descriptor, mmap.PAGESIZE)
            # Stored and loaded as one word. `struct` writes zeros first and then byte by byte, so
            # another process could read what is none, or the count of long ago.
            self._words = memoryview(self._memory).cast("Q")
        finally:
            os.close(descriptor)

    def current(self) -> int:
        """The counter. Read it before the catalog is asked for what will be cached."""
        return self._words[0]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """For what changes the catalog: no cache is believed in it, and all are empty behind it.

        Enter with the catalog's lock held, before the transaction; leave behind its commit. It may
        have been left odd by who was killed: the lock says that nobody is in it now.
        """
        count = self.current() | 1
        self._set(count)
        try:
            yield
        finally:
            # After a failure as well: what became of the commit is not known then.
            self._set(count + 1)

    def close(self) -> None:
        """Give the mapping back."""
        self._words.release()
        self._memory.close()

    def _set(self, count: int) -> None:
        self._words[0] = count & (2**64 - 1)


def reserve(descriptor: int, size: int) -> None:
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
    """A bounded map that forgets everything when the generation rises."""

    def __init__(self, generation: Generation, max_entries: int = 10_000) -> None:
        self._generation = generation
        self._max_entries = max_entries
        self._seen = generation.current()
        self._entries: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The entry, unless anything changed since it was put, or is just being changed."""
        if self._seen != self._generation.current():
            return None
        return self._entries.get(key)

    def put(self, key: K, value: V, generation: int) -> None:
        """Keep a value that was looked up after `generation` was read.

        Not while something was being changed: the count may stay as it is behind the commit.
        """
        if generation % 2:
            return
        if generation != self._seen or len(self._entries) >= self._max_entries:
            self._entries.clear()
            self._seen = generation
        self._entries[key] = value
