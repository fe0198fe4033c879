"""Reading an object that is a list of blobs: each is opened when its turn comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from pillarbox.storage.catalog import statements
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.reading import ObjectReader


class Piece(NamedTuple):
    """One blob of a list, and its bytes."""

    blob_id: str
    size: int


def pieces_of(cursor: Any, object_blob_id: str) -> list[Piece]:
    """The blobs of a list, in order, by a cursor of the driver."""
    return [Piece(*row) for row in cursor.execute(statements.PIECES, (object_blob_id,))]


class CompositeReader(ObjectReader):
    """The bytes of several blobs, one behind the other; one of them is open at a time."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        open_piece: Callable[[Piece], Awaitable[ObjectReader]],
        let_go: Callable[[], None],
        size: int | None = None,
    ) -> None:
        """Read `pieces` in their order; `let_go` is called once, at the end.

        Args:
            size: bytes that count, where the pieces have more.
        """
        self.size = sum(piece.size for piece in pieces) if size is None else size
        self._pieces = pieces
        self._open_piece = open_piece
        self._let_go: Callable[[], None] | None = let_go
        self._current: ObjectReader | None = None

    async def chunks(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """See `ObjectReader`. One iteration at a time."""
        end = min(offset + length, self.size)
        start = 0
        for piece in self._pieces:
            first, last = max(offset, start), min(end, start + piece.size)
            if first < last:
                async for chunk in self._chunks_of(piece, first - start, last - first):
                    yield chunk
            start += piece.size
            if start >= end:
                return

    async def _chunks_of(self, piece: Piece, offset: int, length: int) -> AsyncIterator[bytes]:
        self._current = await self._open_piece(piece)
        try:
            async for chunk in self._current.chunks(offset, length):
                yield chunk
        finally:
            self._close_current()

    def close(self) -> None:
        """See `ObjectReader`."""
        self._close_current()
        if self._let_go is not None:
            let_go, self._let_go = self._let_go, None
            let_go()

    def _close_current(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None


class GrowingReader(CompositeReader):
    """The bytes that a list had when it was opened, which others may add to meanwhile.

    What grows has its small pieces joined: one that is gone has its bytes in another of the list.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        open_piece: Callable[[Piece], Awaitable[ObjectReader]],
        let_go: Callable[[], None],
        size: int,
        pieces_now: Callable[[], Awaitable[Sequence[Piece]]],
    ) -> None:
        """As of `CompositeReader`; `pieces_now` gives those of the list as it then is."""
        super().__init__(pieces, open_piece, let_go, size)
        self._pieces_now = pieces_now

    async def chunks(self, offset: int, length: int) -> AsyncIterator[bytes]:
        """See `ObjectReader`. One iteration at a time."""
        end = min(offset + length, self.size)
        while True:
            try:
                async for chunk in super().chunks(offset, end - offset):
                    offset += len(chunk)
                    yield chunk
                return
            except LostBlob as lost:
                self._pieces = await self._pieces_now()
                if any(piece.blob_id == lost.blob_id for piece in self._pieces):
                    raise
