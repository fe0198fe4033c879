"""Run folders: each worker writes its blobs into a folder of its own, and locks it.

The lock ends with the process however it dies, so a folder whose lock can be taken belongs to a
dead run and may be swept; what a living worker is still writing is never touched.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pillarbox.storage.blobs import blob_id as ids
from pillarbox.storage.blobs import nameless
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.layout import FILE_MODE, FOLDER_MODE, Layout
from pillarbox.storage.room import Room

_LOCK = "lock"
_SWEPT = "swept"

#: What lies in a run's folder beside blobs and unfinished files.
MARKS = frozenset({_LOCK, _SWEPT})


@contextmanager
def holding(lock: Path) -> Iterator[None]:
    """Hold an exclusive flock on a file, waiting for it as long as it takes."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class RunFolder:
    """The folder of this run, locked while the object lives.

    Attributes:
        run: its name.
        path: where it is.
        descriptor: the open folder, to link into and to sync.
        room: what the disk has left.
        has_nameless_files: whether blobs can be written here before they have a name.
    """

    def __init__(
        self, run: str, path: Path, descriptor: int, lock: int, *, has_nameless_files: bool
    ) -> None:
        self.run = run
        self.path = path
        self.descriptor = descriptor
        self.room = Room(path)
        self.has_nameless_files = has_nameless_files
        self._lock = lock

    @classmethod
    def create(cls, layout: Layout, durability: Durability = WHOLE) -> RunFolder:
        """Make, lock and force to the disk a new folder."""
        run = ids.new_run()
        path = layout.blobs / run
        with holding(layout.runs_lock):  # nobody may find the folder before it is locked
            path.mkdir(FOLDER_MODE)
            lock = _open_lock(path)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sync_folder(layout.blobs, durability)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        possible = nameless.are_possible(path, descriptor)
        return cls(run, path, descriptor, lock, has_nameless_files=possible)

    def close(self) -> None:
        """Unlock: from now on the run is dead."""
        os.close(self.descriptor)
        os.close(self._lock)


class DeadFolder:
    """The folder of a run that has ended, locked by whoever sweeps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path.name

    @property
    def is_swept(self) -> bool:
        """Whether all that is left is known to the catalog."""
        return (self.path / _SWEPT).exists()

    def blob_ids(self) -> Iterator[str]:
        """The ids of the blobs in it; unfinished files under temporary names are removed."""
        with os.scandir(self.path) as entries:
            for entry in entries:
                if ids.is_file(entry.name):
                    yield entry.name
                elif entry.name.startswith("."):
                    Path(entry.path).unlink(missing_ok=True)

    def is_empty(self) -> bool:
        """Whether no blob is left."""
        return next(self.blob_ids(), None) is None

    def remove(self, blob_id: str) -> int | None:
        """Delete one blob file; see `remove_file`."""
        return remove_file(self.path / blob_id)

    def mark_swept(self) -> None:
        """Spare the next sweeps the look at every file; durable deletions come first."""
        sync_folder(self.path)
        (self.path / _SWEPT).touch(FILE_MODE)

    def delete(self) -> None:
        """Remove the empty folder."""
        (self.path / _SWEPT).unlink(missing_ok=True)
        (self.path / _LOCK).unlink(missing_ok=True)
        self.path.rmdir()


@contextmanager
def dead(layout: Layout, run: str) -> Iterator[DeadFolder | None]:
    """The folder of `run`, locked, if that run is dead; None if it lives or is gone."""
    path = layout.blobs / run
    with holding(layout.runs_lock):
        lock = _open_lock(path) if path.is_dir() else None
        is_dead = lock is not None and _try_lock(lock)
    try:
        yield DeadFolder(path) if is_dead else None
    finally:
        if lock is not None:
            os.close(lock)


def runs(layout: Layout) -> tuple[str, ...]:
    """All runs that have a folder, the oldest first."""
    return tuple(sorted(path.name for path in layout.blobs.iterdir() if ids.is_run(path.name)))


def blob_path(layout: Layout, blob_id: str) -> Path:
    """Where a blob file lies; ValueError if `blob_id` does not name one."""
    return layout.blobs / ids.run_of(blob_id) / blob_id


def remove_file(path: Path) -> int | None:
    """Delete a file; its size in bytes, None if there is none."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return None
    return size


def sync_folder(path: Path, durability: Durability = WHOLE) -> None:
    """Force the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        durability.sync_folder(descriptor)
    finally:
        os.close(descriptor)


def _open_lock(folder: Path) -> int:
    return os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
