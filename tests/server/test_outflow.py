from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path

from pillarbox.server.outflow import Cutter


def open_descriptors() -> int:
    """How many this process has open, of whatever kind."""
    return len(list(Path("/dev/fd").iterdir()))


class TestCutter:
    """Cuts by address, and touches nothing else."""

    def test_a_peer_is_cut_and_no_other(self) -> None:
        async def cut() -> tuple[bytes, bytes]:
            loop = asyncio.get_running_loop()
            with (
                socket.create_server(("127.0.0.1", 0)) as listener,
                socket.create_connection(listener.getsockname()) as stalled,
                listener.accept()[0],
                socket.create_connection(listener.getsockname()) as other,
                listener.accept()[0] as other_end,
            ):
                stalled.setblocking(False)
                other.setblocking(False)
                Cutter().cut(stalled.getsockname())
                ending = await loop.sock_recv(stalled, 1)
                other_end.sendall(b"still there")
                return ending, await loop.sock_recv(other, 100)

        assert asyncio.run(cut()) == (b"", b"still there")

    def test_each_cut_leaves_as_many_descriptors_as_it_found(self) -> None:
        async def cut_often() -> list[int]:
            loop = asyncio.get_running_loop()
            cutter = Cutter()
            counts = [open_descriptors()]
            for _ in range(4):
                with (
                    socket.create_server(("127.0.0.1", 0)) as listener,
                    socket.create_connection(listener.getsockname()) as stalled,
                    listener.accept()[0],
                ):
                    stalled.setblocking(False)
                    cutter.cut(stalled.getsockname())
                    assert await loop.sock_recv(stalled, 1) == b""
                counts.append(open_descriptors())
            return counts

        reading, writing = os.pipe()
        try:
            with tempfile.TemporaryFile():  # neither it nor the pipe is a socket
                counts = asyncio.run(cut_often())
        finally:
            os.close(reading)
            os.close(writing)
        assert len(set(counts)) == 1, counts
