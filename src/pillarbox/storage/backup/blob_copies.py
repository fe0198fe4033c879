"""Bringing blobs from one directory to another: by a second name of the file, or by a copy.

A second name (hard link) is as good as a copy for whoever reads, for a blob never changes; it costs
nothing and is gone with the same disk. A copy gets its name when it is whole and on the disk.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pillarbox.storage.backup.file_copy import copy_file, unfinished_of
from pillarbox.storage.blobs.run_folder import blob_path, sync_folder
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import FOLDER_MODE, Layout
from pillarbox.storage.pace import Pace

#: Why a file gets no second name though it can be read.
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})


@dataclass(slots=True)
class Brought:
    """How blobs came.

    Attributes:
        there: that were there already.
        linked: that got a second name.
        copied: whose bytes were copied.
        copied_bytes: how many those were.
    """

    there: int = 0
    linked: int = 0
    copied: int = 0
    copied_bytes: int = 0


class BlobCopies:
    """Brings blobs of one data directory into another.

    Attributes:
        brought: what came so far.
    """

    def __init__(self, source: Layout, target: Layout, pace: Pace, *, may_link: bool) -> None:
        """`pace` is told of all bytes that are there, as they come, and holds up copies alone."""
        self.brought = Brought()
        self._source = source
        self._target = target
        self._may_link = may_link
        self._pace = pace
        self._folder: Path | None = None

    def bring_all(self, blobs: Iterable[tuple[str, int]]) -> list[LostBlob]:
        """Have blobs, id and size in bytes of each, in the target, their names durable.

        Returns what the source has lost; the rest is there. Raises OSError as `bring`.
        """
        lost = []
        for blob_id, size in blobs:
            try:
                self.bring(blob_id, size)
            except LostBlob as error:
                lost.append(error)
        self.sync()
        return lost

    def bring(self, blob_id: str, size: int) -> None:
        """Have a blob of `size` bytes in the target; its name is durable after the next `sync`.

        Raises:
            LostBlob: the source doesn't have it, or not all of it.
            OSError: it can't be read or written.
        """
        try:
            path = blob_path(self._source, blob_id)
            place = blob_path(self._target, blob_id)
        except ValueError:
            raise LostBlob(blob_id, "that is the id of no blob") from None
        self._enter(place.parent)
        if _size(place) == size:
            self.brought.there += 1
            self._pace.told(size)
            return
        found = _size(path)
        if found is None:
            raise LostBlob(blob_id, "there is no such file")
        if found != size:
            raise LostBlob(blob_id, f"{found} bytes where the catalog says {size}")
        place.unlink(missing_ok=True)
        unfinished_of(place).unlink(missing_ok=True)  # of who was killed here
        if self._may_link and self._link(path, place):
            self.brought.linked += 1
            self._pace.told(size)
        else:
            copied = copy_file(path, place, size, self._pace.count)
            if copied is not None:
                raise LostBlob(blob_id, f"{copied} bytes where the catalog says {size}")
            self.brought.copied += 1
            self.brought.copied_bytes += size

    def sync(self) -> None:
        """Force the names that were given to the disk. Raises OSError."""
        if self._folder is not None:
            sync_folder(self._folder)
            self._folder = None

    def _enter(self, folder: Path) -> None:
        if folder != self._folder:
            self.sync()
            if not folder.is_dir():
                folder.mkdir(FOLDER_MODE)
                sync_folder(folder.parent)
            self._folder = folder

    def _link(self, path: Path, place: Path) -> bool:
        try:
            os.link(path, place)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # The next has the same disk; but a file may have too many names already.
            self._may_link = error.errno == errno.EMLINK
            return False
        return True


def _size(path: Path) -> int | None:
    """Bytes of a file, None if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
