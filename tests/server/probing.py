"""Starting the probe server, and talking to it on a raw socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server_process import PATIENCE, ServerProcess

_SCRIPT = Path(__file__).with_name("probe_server.py")

#: No argument, title or log line may hold it.
PROBE_SECRET = "probe-secret-0123456789"

StartProbe = Callable[..., ServerProcess]


@pytest.fixture
def start_probe(tmp_path: Path) -> Iterator[StartProbe]:
    """Starts probe servers; those that still run in the end must stop cleanly."""
    started: list[ServerProcess] = []

    def start(
        drain_seconds: float = 30.0,
        *,
        data_dir: Path | None = None,
        port: int = 0,
        method: str | None = None,
        environment: dict[str, str] | None = None,
        **settings: Any,
    ) -> ServerProcess:
        directory = data_dir or tmp_path / f"probe-{len(started)}"
        command = [str(_SCRIPT), str(directory), str(port), str(drain_seconds)]
        server = ServerProcess(
            directory,
            command=[*command, method] if method else command,
            access_key=None,
            environment={"PROBE_SECRET": PROBE_SECRET, **(environment or {})},
            **settings,
        )
        started.append(server)
        return server

    try:
        yield start
        for server in started:
            server.stop()
    finally:
        for server in started:
            server.end()


class Upload:
    """A request whose body is sent by and by."""

    def __init__(self, server: ServerProcess, length: int, path: str = "/") -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        head = f"POST {path} HTTP/1.1\r\nHost: probe\r\nContent-Length: {length}\r\n\r\n"
        self._socket.sendall(head.encode())

    def send(self, data: bytes) -> None:
        """A piece of the body."""
        self._socket.sendall(data)

    def answer(self) -> bytes:
        """All that comes until the server closes or, for a complete answer, its last byte."""
        received = b""
        while not _is_complete(received):
            piece = self._socket.recv(65536)
            if not piece:
                break
            received += piece
        return received

    def close(self) -> None:
        """Let go of the connection."""
        self._socket.close()


def _is_complete(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


def accepts(server: ServerProcess) -> bool:
    """Whether somebody accepts connections on the server's port."""
    return accepts_on(server.port)


def accepts_on(port: int) -> bool:
    """Whether somebody accepts connections on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True
