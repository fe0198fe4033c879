"""Forms of about 5 GiB, made as they are sent, and a server that has room for one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastcrc import crc64

from tests.conftest import StartServer
from tests.server_process import ServerProcess
from tests.wire.raw_http import Connection, RawAnswer, chunked, head, request
from tests.wire.store_client import FORM_TYPE, form

#: "PostObject": a file has at most so many bytes.
LARGEST = 5_368_709_120

_BLOCK = bytes(range(256)) * 4096

_START, _, _END = form({"key": "large"}, b"FILE").partition(b"FILE")


def file_pieces(size: int) -> Iterator[bytes]:
    """A file of `size` bytes."""
    for _ in range(size // len(_BLOCK)):
        yield _BLOCK
    if rest := size % len(_BLOCK):
        yield _BLOCK[:rest]


def post_with_length(port: int, bucket: str, size: int) -> tuple[RawAnswer, int]:
    """Post a file of `size` bytes; the answer, and how many pieces were sent when it came."""
    length = len(_START) + size + len(_END)
    headers = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % length)]
    return _post(port, bucket, headers, _pieces(size))


def post_in_chunks(port: int, bucket: str, size: int) -> tuple[RawAnswer, int]:
    """As `post_with_length`, without telling the size."""
    headers = [(b"Content-Type", FORM_TYPE), (b"Transfer-Encoding", b"chunked")]
    return _post(port, bucket, headers, chunked(_pieces(size)))


def _pieces(size: int) -> Iterator[bytes]:
    yield _START
    yield from file_pieces(size)
    yield _END


def _post(
    port: int, bucket: str, headers: list[tuple[bytes, bytes]], pieces: Iterator[bytes]
) -> tuple[RawAnswer, int]:
    sent = 0

    def send() -> None:
        nonlocal sent
        for piece in pieces:
            if not connection.send(piece):
                return
            sent += 1

    with Connection(port, patience=600) as connection:
        connection.send(head(b"POST", f"/{bucket}".encode(), headers))
        sender = threading.Thread(target=send)
        sender.start()
        try:
            answer = connection.answer()
            return answer, sent
        finally:
            connection.stop_sending(sender)


needs_disk = pytest.mark.skipif(
    shutil.disk_usage(Path.cwd()).free < 12 * LARGEST // 5, reason="needs 12 GiB of disk"
)


@pytest.fixture
def roomy_server(start_server: StartServer) -> Iterator[ServerProcess]:
    """A server with the public bucket `drop`, whose bytes don't outlive the test."""
    server = start_server("--init-bucket", "drop:public-read-write")
    yield server
    server.stop()
    shutil.rmtree(server.data_dir)


def look(server: ServerProcess) -> RawAnswer:
    """What the server says of the object."""
    return request(server.port, b"HEAD", b"/drop/large")


def stored_bytes(server: ServerProcess) -> int:
    """The size of all blobs on the disk."""
    return sum(p.stat().st_size for p in (server.data_dir / "blobs").rglob("*") if p.is_file())


def check_taken(server: ServerProcess, answer: RawAnswer) -> None:
    """The largest file is there, whole."""
    assert answer.status == 204, answer.body
    crc = 0
    for piece in file_pieces(LARGEST):
        crc = crc64.xz(piece, crc)
    assert answer.header("x-oss-hash-crc64ecma") == str(crc)
    assert look(server).header("content-length") == str(LARGEST)
    assert stored_bytes(server) == LARGEST
