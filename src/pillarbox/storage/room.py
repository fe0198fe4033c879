"""Room kept free on the disk, so that a full store can still be emptied.

To delete an object the catalog has to write, first to its log and later from the log into itself.
On a disk without a single free block nothing could be deleted any more; so uploads are refused a
little earlier than everything else.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pillarbox.model.limits import MIB

#: Bytes kept free: twice what the catalog's log grows to between two checkpoints.
_RESERVE = 32 * MIB


class Room:
    """The free room of the file system that holds `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_left(self) -> bool:
        """Whether uploads may go on: there is more than the reserve (a quarter of tiny disks)."""
        disk = os.statvfs(self._path)
        return disk.f_bavail * disk.f_frsize > min(_RESERVE, disk.f_blocks * disk.f_frsize // 4)

    def check(self) -> None:
        """Raise OSError ENOSPC if uploads may not go on."""
        if not self.is_left():
            raise OSError(errno.ENOSPC, "the last free room is kept for the catalog")
