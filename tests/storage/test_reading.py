from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.storage import reading
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.reading import FileReader, InlineReader
from tests.storage.stores import opened, put

CONTENT = os.urandom((5 << 20) // 2)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reading") / "blob"
    path.write_bytes(CONTENT)
    return path


def pieces_of(path: Path, offset: int, length: int, size: int = len(CONTENT)) -> list[bytes]:
    async def run() -> list[bytes]:
        with ThreadPoolExecutor(2) as threads:
            reader = FileReader("f-1", os.open(path, os.O_RDONLY), size, threads)
            try:
                return [piece async for piece in reader.chunks(offset, length)]
            finally:
                reader.close()
                reader.close()

    return asyncio.run(run())


@pytest.mark.parametrize("offset", [0, 1, 1 << 20, len(CONTENT) - 1, len(CONTENT)])
@pytest.mark.parametrize("length", [0, 1, 1 << 20, (1 << 20) + 1, len(CONTENT)])
def test_any_range_is_read_in_pieces(path: Path, offset: int, length: int) -> None:
    pieces = pieces_of(path, offset, length)
    assert b"".join(pieces) == CONTENT[offset : offset + length]
    assert all(0 < len(piece) <= 1 << 20 for piece in pieces)


def test_a_file_that_ends_early_is_lost(path: Path) -> None:
    with pytest.raises(LostBlob, match="ends before"):
        pieces_of(path, 0, len(CONTENT) + 1, len(CONTENT) + 1)


def test_an_error_of_the_disk_is_lost(path: Path) -> None:
    async def run() -> None:
        with ThreadPoolExecutor(1) as threads:
            unreadable = os.open(path, os.O_WRONLY)
            reader = FileReader("f-1", unreadable, len(CONTENT), threads)
            with pytest.raises(LostBlob, match="f-1 is lost: it can't be read"):
                await anext(reader.chunks(0, 1))
            reader.close()

    asyncio.run(run())


@given(offset=st.integers(0, 12), length=st.integers(0, 12))
def test_bytes_in_memory_are_read_alike(offset: int, length: int) -> None:
    async def run() -> bytes:
        reader = InlineReader(b"0123456789")
        return b"".join([piece async for piece in reader.chunks(offset, length)])

    assert asyncio.run(run()) == b"0123456789"[offset : offset + length]


def test_closing_while_a_thread_reads_closes_the_file_afterwards(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    original = reading._read_all

    def read_all(descriptor: int, size: int, position: int) -> bytes:
        if position:
            gate.wait(30)
        return original(descriptor, size, position)

    async def run() -> None:
        monkeypatch.setattr(reading, "_read_all", read_all)
        with ThreadPoolExecutor(2) as threads:
            descriptor = os.open(path, os.O_RDONLY)
            reader = FileReader("f-1", descriptor, len(CONTENT), threads)
            async for piece in reader.chunks(0, len(CONTENT)):
                assert piece == CONTENT[: reading._READ_SIZE]
                break
            reader.close()
            os.fstat(descriptor)  # still open: the thread has it
            gate.set()
            while True:
                try:
                    os.fstat(descriptor)
                except OSError:
                    break
                await asyncio.sleep(0.001)

    asyncio.run(run())


def test_a_deleted_object_is_read_to_its_end(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            reader = await store.open_object(await put(store, bucket, b"k", CONTENT))
            await store.delete_object(bucket, b"k")
            pieces = [piece async for piece in reader.chunks(0, reader.size)]
            assert b"".join(pieces) == CONTENT
            reader.close()

    asyncio.run(run())
