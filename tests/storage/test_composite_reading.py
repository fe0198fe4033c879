"""Ranges of an object that is a list of blobs."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.storage.composite_reading import CompositeReader, GrowingReader, Piece
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.reading import InlineReader, ObjectReader


class Blobs:
    """Blobs in memory, and how many of them are open."""

    def __init__(self, contents: list[bytes]) -> None:
        self.contents = {f"f{number}": content for number, content in enumerate(contents)}
        self.pieces = [Piece(name, len(content)) for name, content in self.contents.items()]
        self.open_now = self.most_open = self.opened = self.let_go = 0

    async def open(self, piece: Piece) -> ObjectReader:
        self.opened += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        blobs = self

        class Reader(InlineReader):
            def close(self) -> None:
                blobs.open_now -= 1

        return Reader(self.contents[piece.blob_id])

    def reader(self) -> CompositeReader:
        def let_go() -> None:
            self.let_go += 1

        return CompositeReader(self.pieces, self.open, let_go)


async def read(reader: ObjectReader, offset: int, length: int) -> bytes:
    return b"".join([piece async for piece in reader.chunks(offset, length)])


@given(st.lists(st.binary(max_size=6), max_size=6), st.integers(0, 40), st.integers(0, 40))
def test_any_range_is_that_of_the_plain_bytes(
    contents: list[bytes], offset: int, length: int
) -> None:
    blobs = Blobs(contents)
    reader = blobs.reader()
    whole = b"".join(contents)
    assert reader.size == len(whole)
    assert asyncio.run(read(reader, offset, length)) == whole[offset : offset + length]
    reader.close()
    reader.close()
    assert (blobs.open_now, blobs.let_go) == (0, 1)
    assert blobs.most_open <= 1


def test_only_what_is_needed_is_opened() -> None:
    blobs = Blobs([b"abc", b"", b"def", b"ghi"])
    assert asyncio.run(read(blobs.reader(), 3, 3)) == b"def"
    assert blobs.opened == 1


def test_who_stops_in_between_closes_what_is_open() -> None:
    blobs = Blobs([b"abc", b"def"])

    async def run() -> None:
        reader = blobs.reader()
        pieces = reader.chunks(0, 6)
        assert await anext(pieces) == b"abc"
        reader.close()

    asyncio.run(run())
    assert blobs.let_go == 1
    assert blobs.open_now <= 0


def test_what_is_lost_while_the_list_grows_is_told_at_once() -> None:
    blobs = Blobs([b"one", b"two"])
    asked = 0

    async def open_piece(piece: Piece) -> ObjectReader:
        if piece.blob_id == "f1":
            raise LostBlob("f1", "it is gone")
        return await blobs.open(piece)

    async def pieces_now() -> list[Piece]:
        nonlocal asked
        asked += 1
        assert asked == 1
        return [*blobs.pieces, Piece("f2", asked)]

    reader = GrowingReader(blobs.pieces, open_piece, lambda: None, 6, pieces_now)
    with pytest.raises(LostBlob):
        asyncio.run(read(reader, 0, 6))


def test_what_was_joined_is_read_on_where_it_was() -> None:
    blobs = Blobs([b"one", b"two", b"onetwo, three"])

    async def open_piece(piece: Piece) -> ObjectReader:
        if piece.blob_id == "f1":
            raise LostBlob("f1", "it was joined")
        return await blobs.open(piece)

    async def pieces_now() -> list[Piece]:
        return blobs.pieces[2:]

    reader = GrowingReader(blobs.pieces[:2], open_piece, lambda: None, 6, pieces_now)
    assert asyncio.run(read(reader, 1, 100)) == b"netwo"
    assert blobs.open_now == 0
