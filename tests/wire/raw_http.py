"""HTTP/1.1 over a bare socket: requests that no client library would send, answers as they came."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from xml.etree.ElementTree import fromstring

from tests.server_process import PATIENCE

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer.

    Attributes:
        headers: names in lower case, in order.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header (name in lower case), None if there is none."""
        return next((value for header, value in self.headers if header == name), None)

    @property
    def error(self) -> dict[str, str]:
        """The children of an error document; an answer with another body fails the test."""
        root = fromstring(self.body)
        assert root.tag == "Error"
        return {child.tag: child.text or "" for child in root}


class Connection:
    """One connection. What can't be sent because the server closed is no failure: read on."""

    def __init__(
        self,
        port: int,
        *,
        receive_buffer: int | None = None,
        patience: float = PATIENCE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect, over TLS if it is given how."""
        self._socket = socket.socket()
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(patience)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._held = b""

    @property
    def own_port(self) -> int:
        """The TCP port of our end."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._socket.close()

    def send(self, *pieces: bytes) -> bool:
        """Send all of it; False if the server closed before."""
        try:
            for piece in pieces:
                self._socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return False
        return True

    def half_close(self) -> None:
        """End our side, as a client does that has sent all and waits for the answer."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close at once, with a reset."""
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()

    def answer(self, *, to_head: bool = False) -> RawAnswer:
        """Read one answer."""
        head = self._until(b"\r\n\r\n")
        lines = head.decode("utf-8").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = tuple(
            (name.lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        )
        by_name = dict(headers)
        if status in (100, 204, 304) or to_head:
            body = b""
        elif by_name.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self._exactly(int(by_name.get("content-length", "0")))
        return RawAnswer(status, headers, body)

    def says_something(self, seconds: float) -> bool:
        """Whether an answer or the end of the connection comes within this time."""
        poll = select.poll()  # select(2) knows the first 1,024 descriptors alone
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def begins(self) -> bytes:
        """The version and status of an answer of which nothing more is read."""
        while len(self._held) < 13:
            self._held += self._socket.recv(13 - len(self._held))
        return self._held

    def stop_sending(self, sender: threading.Thread) -> None:
        """End a thread that still sends to a server that no longer reads."""
        if sender.is_alive():
            sender.join(0.05)
        if sender.is_alive():
            with suppress(OSError):  # the server may be gone already
                self._socket.shutdown(socket.SHUT_RDWR)
        sender.join(PATIENCE)
        assert not sender.is_alive()

    def is_closed(self) -> bool:
        """Whether the server ends the connection; waits for it. Anything else fails the test."""
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._until(b"\r\n"), 16):
            yield self._exactly(size + 2)[:-2]
        self._until(b"\r\n")

    def _until(self, end: bytes) -> bytes:
        while end not in self._held:
            self._receive()
        found, _, self._held = self._held.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._receive()
        found, self._held = self._held[:size], self._held[size:]
        return found

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError(f"the server closed after {self._held[:200]!r}")
        self._held += data


def head(method: bytes, target: bytes, headers: Headers, host: bytes = b"127.0.0.1") -> bytes:
    """A request line and headers, Host first."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: " + host]
    lines.extend(name + b": " + value for name, value in headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces`, none of them empty, as chunks, and the last chunk."""
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def pieces_of(body: bytes, size: int) -> list[bytes]:
    """`body` in pieces of `size` bytes."""
    return [body[start : start + size] for start in range(0, len(body), size)]


def exchange(port: int, request: bytes, *pieces: bytes) -> RawAnswer:
    """Send a request on a connection of its own while its answer is awaited."""
    with Connection(port) as connection:
        sender = threading.Thread(target=connection.send, args=(request, *pieces))
        sender.start()
        try:
            return connection.answer(to_head=request.startswith(b"HEAD "))
        finally:
            connection.stop_sending(sender)


def request(
    port: int, method: bytes, target: bytes, headers: Headers = (), body: bytes = b""
) -> RawAnswer:
    """A request with Content-Length on a connection of its own."""
    length = [(b"Content-Length", b"%d" % len(body))] if body or method in (b"PUT", b"POST") else []
    return exchange(port, head(method, target, [*headers, *length]), body)
