"""Opening the bytes of objects: in the catalog, in a file, or in a list of both.

What may wait for a disk runs in threads. Who gives up while something is opened leaves nothing
open behind.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from pillarbox.model.multipart import Part
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import StoredObject
from pillarbox.storage.blobs.blob_id import is_composite, is_inline
from pillarbox.storage.blobs.directory import BlobDirectory
from pillarbox.storage.blobs.pins import Pin, Pins
from pillarbox.storage.catalog import objects
from pillarbox.storage.catalog_access import CatalogAccess, as_refusals, in_time
from pillarbox.storage.composite_reading import (
    CompositeReader,
    GrowingReader,
    Piece,
    pieces_of,
)
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.reading import FileReader, InlineReader, ObjectReader

T = TypeVar("T")

#: Type of an object that was uploaded in parts, or is a copy of one.
_IN_PARTS = "Multipart"


class Openings:
    """Opens what a store keeps."""

    def __init__(
        self, catalog: CatalogAccess, blobs: BlobDirectory, pins: Pins, reading: Executor
    ) -> None:
        """Read files in the threads of `reading`."""
        self._catalog = catalog
        self._blobs = blobs
        self._pins = pins
        self._reading = reading

    async def object(self, obj: StoredObject) -> ObjectReader:
        """Open an object's bytes, before the answer begins; LostBlob if they are gone."""
        if obj.blob_id is None:
            return InlineReader(b"")
        if is_composite(obj.blob_id):
            return await self._open_list(obj.blob_id, obj.size, may_grow=_may_grow(obj))
        return await self._open_blob(obj.blob_id, obj.size, obj.inline)

    async def part_sizes(self, obj: StoredObject) -> tuple[int, ...] | None:
        """Bytes of each part that an object was uploaded in, None if it came in one piece.

        LostBlob if the list is gone.
        """
        if obj.object_type != _IN_PARTS:
            return None
        blob_id = obj.blob_id or ""
        pieces = await self._catalog.by_cursor(lambda cursor: pieces_of(cursor, blob_id))
        sizes = tuple(piece.size for piece in pieces)
        if sum(sizes) != obj.size:
            raise LostBlob(
                blob_id, f"{sum(sizes)} bytes in its list where the catalog says {obj.size}"
            )
        # The last part may be empty: then it is no blob, and in no list.
        count = int(obj.etag.rpartition("-")[2])
        return (*sizes, *(0,) * (count - len(sizes)))

    def parts(self, parts: Sequence[Part]) -> ObjectReader:
        """The bytes of parts of an upload, one behind the other; they are no object yet."""
        pieces = [Piece(part.blob_id, part.size) for part in parts if part.blob_id is not None]
        return CompositeReader(pieces, self._open_piece, lambda: None)

    async def _open_list(self, object_blob_id: str, size: int, *, may_grow: bool) -> ObjectReader:
        # Pinned before it is read: what is found from then on stays.
        pin = await self._opened(partial(self._pins.add, object_blob_id), Pin.remove)

        async def pieces_now() -> Sequence[Piece]:
            return await self._catalog.by_cursor(lambda cursor: pieces_of(cursor, object_blob_id))

        try:
            pieces = await pieces_now()
            found = sum(piece.size for piece in pieces)
            if found < size or (found > size and not may_grow):
                raise LostBlob(
                    object_blob_id, f"{found} bytes in its list where the catalog says {size}"
                )
        except BaseException:
            pin.remove()
            raise
        if may_grow:
            return GrowingReader(pieces, self._open_piece, pin.remove, size, pieces_now)
        return CompositeReader(pieces, self._open_piece, pin.remove)

    async def _open_piece(self, piece: Piece) -> ObjectReader:
        return await self._open_blob(piece.blob_id, piece.size)

    async def _open_blob(
        self, blob_id: str, size: int, inline: bytes | None = None
    ) -> ObjectReader:
        if not is_inline(blob_id):
            descriptor = await self._opened(partial(self._blobs.open, blob_id, size), os.close)
            return FileReader(blob_id, descriptor, size, self._reading)
        content = inline
        if content is None:
            content = await self._catalog.by_cursor(
                lambda cursor: objects.inline_bytes(cursor, blob_id)
            )
        if content is None or len(content) != size:
            raise LostBlob(blob_id, "the catalog does not have its bytes")
        return InlineReader(content)

    async def _opened(self, opening: Callable[[], T], undo: Callable[[T], None]) -> T:
        """What `opening` gives in a thread; undone if nobody waits for it any more."""
        future = asyncio.get_running_loop().run_in_executor(self._reading, opening)
        try:
            return await as_refusals(in_time(asyncio.shield(future)))
        except BaseException:

            def undo_it(done: asyncio.Future[T]) -> None:
                if not done.cancelled() and done.exception() is None:
                    undo(done.result())

            future.add_done_callback(undo_it)
            raise


def _may_grow(obj: StoredObject) -> bool:
    """Whether others may add to the bytes meanwhile; a link's may be those of such an object."""
    return obj.object_type in (ObjectType.APPENDABLE, ObjectType.SYMLINK)
