"""The directory of blobs as a worker uses it: new blobs, durable names, reading."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import Executor

from pillarbox.storage.blobs.blob_file import BlobFile
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.blobs.run_folder import RunFolder, blob_path
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import Layout


class BlobDirectory:
    """The blobs of all runs to read, and the folder of this run to write into.

    Attributes:
        ids: new blob ids of this run.
        failed_syncs: how many syncs of its folder have failed.
    """

    def __init__(
        self, layout: Layout, folder: RunFolder, durability: Durability, threads: Executor
    ) -> None:
        self.ids = BlobIds(folder.run)
        self.failed_syncs = 0
        self._layout = layout
        self._folder = folder
        self._durability = durability
        self._threads = threads
        self._next_sync: asyncio.Future[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    def new_file(self) -> BlobFile:
        """A blob file to write; nothing is opened yet."""
        return BlobFile(self._folder, self.ids.file(), self._durability)

    async def make_names_durable(self, failed_syncs: int) -> None:
        """Return when every name given before this call is on the disk.

        One fsync of the folder serves all who wait. One that is running already may have passed
        our name by, so those who come meanwhile share the next.

        Args:
            failed_syncs: as they were before the names were given.

        Raises OSError, also if another sync failed since the names were given: what that could not
        write counts as written from then on, and the next finds nothing to do.
        """
        if self._next_sync is None:
            self._next_sync = asyncio.get_running_loop().create_future()
            # Whoever waits may be cancelled before it is done: nobody then asks for its error.
            self._next_sync.add_done_callback(lambda done: done.cancelled() or done.exception())
        waiting = self._next_sync
        if self._syncing is None:
            self._syncing = asyncio.ensure_future(self._sync_while_anyone_waits())
        await asyncio.shield(waiting)
        if self.failed_syncs != failed_syncs:
            raise OSError(errno.EIO, "a sync of the folder has failed")

    async def _sync_while_anyone_waits(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._next_sync is not None:
                served, self._next_sync = self._next_sync, None
                try:
                    await loop.run_in_executor(
                        self._threads, self._durability.sync_folder, self._folder.descriptor
                    )
                except BaseException as error:  # whatever it is, nobody may wait for ever
                    self.failed_syncs += 1
                    served.set_exception(_as_os_error(error))
                    if isinstance(error, asyncio.CancelledError):
                        raise
                else:
                    served.set_result(None)
        finally:
            self._syncing = None
            if self._next_sync is not None:  # we were cancelled
                left, self._next_sync = self._next_sync, None
                left.set_exception(OSError(errno.ECANCELED, "the sync was given up"))

    def open(self, blob_id: str, size: int) -> int:
        """A descriptor to read a blob file of `size` bytes; LostBlob if it is not all there."""
        try:
            descriptor = os.open(blob_path(self._layout, blob_id), os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ValueError) as error:
            raise LostBlob(blob_id, "there is no such file") from error
        found = os.fstat(descriptor).st_size
        if found != size:
            os.close(descriptor)
            raise LostBlob(blob_id, f"{found} bytes where the catalog says {size}")
        return descriptor

    def close(self) -> None:
        """End this run; its folder may be swept from now on."""
        self._folder.close()


def _as_os_error(error: BaseException) -> OSError:
    """`error` as those who wait expect it, and as an event loop survives it."""
    if isinstance(error, OSError):
        return error
    told = OSError(errno.EIO, "the folder could not be synced")
    told.__cause__ = error
    return told
