"""One blob file on its way to the disk.

The file has no name while it is written (O_TMPFILE): a crash leaves nothing. When it is whole its
data is forced to the disk, and only then it gets its name. Where there are no nameless files, or no
/proc to name them by, it is written under a temporary name, which the sweep knows and removes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from pillarbox.model.limits import MIB
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.blobs.nameless import give_name, open_nameless
from pillarbox.storage.blobs.run_folder import RunFolder
from pillarbox.storage.layout import FILE_MODE

Buffer = bytes | bytearray | memoryview

#: Bytes after which the kernel is told to begin writing; measured: the last sync of 1 GiB then
#: takes 2 ms instead of 200.
_WRITEBACK_STEP = 16 * MIB

_FLAGS = os.O_WRONLY | os.O_CLOEXEC | os.O_CREAT | os.O_EXCL


class BlobFile:
    """A blob file being written. Synchronous; its calls come one after another.

    `append` any number of times, then `seal`, or `discard` at any moment. Each may raise OSError;
    after that only `discard` is left.
    """

    def __init__(self, folder: RunFolder, blob_id: str, durability: Durability) -> None:
        self.blob_id = blob_id
        self._folder = folder
        self._durability = durability
        self._descriptor: int | None = None
        self._temporary_name: str | None = None
        self._is_linked = False
        self._size = 0
        self._flushed = 0

    def append(self, buffers: Sequence[Buffer]) -> None:
        """Write `buffers` at the end, unless the disk is nearly full."""
        self._folder.room.check()
        if self._descriptor is None:
            self._descriptor = self._open()
        self._size += _write_all(self._descriptor, buffers)
        if self._size - self._flushed >= _WRITEBACK_STEP:
            self._durability.start_writeback(
                self._descriptor, self._flushed, self._size - self._flushed
            )
            self._flushed = self._size

    def seal(self) -> None:
        """Force the bytes to the disk, then give the file its name.

        The name itself is durable only after a sync of the folder, which one call can do for
        many blobs.
        """
        assert self._descriptor is not None, "a blob file has at least one byte"
        self._durability.sync_data(self._descriptor)
        if self._temporary_name is None:
            give_name(self._descriptor, self.blob_id, self._folder.descriptor)
        else:
            os.rename(
                self._temporary_name,
                self.blob_id,
                src_dir_fd=self._folder.descriptor,
                dst_dir_fd=self._folder.descriptor,
            )
            self._temporary_name = None
        self._is_linked = True
        self._close()

    def discard(self) -> None:
        """Leave nothing behind. May be called twice."""
        self._close()
        for name in (self._temporary_name, self.blob_id if self._is_linked else None):
            if name is not None:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._folder.descriptor)
        self._temporary_name = None
        self._is_linked = False

    def _open(self) -> int:
        if self._folder.has_nameless_files:
            return open_nameless(self._folder.path)
        name = f".{self.blob_id}"
        descriptor = os.open(name, _FLAGS, FILE_MODE, dir_fd=self._folder.descriptor)
        self._temporary_name = name
        return descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


def _write_all(descriptor: int, buffers: Sequence[Buffer]) -> int:
    """Write all of `buffers`; how many bytes that was."""
    total = sum(map(len, buffers))
    written = os.writev(descriptor, buffers)
    if written < total:  # rare: a signal, or a disk about to be full
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    return total
