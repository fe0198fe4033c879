"""Reading an object's bytes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor

from pillarbox.model.limits import KIB
from pillarbox.storage.errors import LostBlob

#: Read at once. The server queues some nine pieces for a client that does not read; half of this is
#: two thirds as fast, twice of it no faster.
_READ_SIZE = 512 * KIB


class ObjectReader:
    """An object's bytes, opened: an overwrite or a deletion no longer concerns it.

    Attributes:
        size: in bytes.
    """

    size: int

    def chunks(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """`length` bytes from `offset`, in pieces; LostBlob if they can't be read."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back. May be called twice."""
        raise NotImplementedError


class InlineReader(ObjectReader):
    """Bytes that are in memory already.

    Attributes:
        content: all of them.
    """

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self.content = content

    async def chunks(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """See `ObjectReader`."""
        if piece := self.content[offset : offset + length]:
            yield piece

    def close(self) -> None:
        """See `ObjectReader`."""


class FileReader(ObjectReader):
    """The bytes of an open blob file."""

    def __init__(self, blob_id: str, descriptor: int, size: int, threads: Executor) -> None:
        self.size = size
        self._blob_id = blob_id
        self._descriptor = descriptor
        self._threads = threads
        self._ahead: asyncio.Future[bytes] | None = None
        self._is_closed = False

    async def chunks(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """See `ObjectReader`. One iteration at a time."""
        position, end = offset, min(offset + length, self.size)
        while position < end or self._ahead is not None:
            if self._ahead is None:
                position = self._read_ahead(position, end)
            assert self._ahead is not None
            try:
                piece = await asyncio.shield(self._ahead)
            except OSError as error:
                raise LostBlob(self._blob_id, f"it can't be read ({error.strerror})") from error
            self._ahead = None
            if not piece:
                raise LostBlob(self._blob_id, f"it ends before its {self.size} bytes")
            if position < end:
                position = self._read_ahead(position, end)
            yield piece

    def close(self) -> None:
        """See `ObjectReader`."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._ahead is not None and not self._ahead.done():
            # A thread still reads: a descriptor closed now might be another file's by then.
            self._ahead.add_done_callback(self._close_after)
        else:
            os.close(self._descriptor)

    def _read_ahead(self, position: int, end: int) -> int:
        size = min(_READ_SIZE, end - position)
        loop = asyncio.get_running_loop()
        self._ahead = loop.run_in_executor(
            self._threads, _read_all, self._descriptor, size, position
        )
        return position + size

    def _close_after(self, read: asyncio.Future[bytes]) -> None:
        if not read.cancelled():
            read.exception()
        os.close(self._descriptor)


def _read_all(descriptor: int, size: int, position: int) -> bytes:
    """`size` bytes at `position`, or none if the file ends before."""
    data = os.pread(descriptor, size, position)
    while len(data) < size:
        more = os.pread(descriptor, size - len(data), position + len(data))
        if not more:
            return b""
        data += more
    return data
