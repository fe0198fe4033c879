"""A web site that stores call after an upload: answers as told, and keeps what it heard."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser

from tests.server_process import PATIENCE, wait_until

GOOD = b'{"Status":"OK"}'


@dataclass(frozen=True, slots=True)
class Heard:
    """One request, as it came.

    Attributes:
        target: of the request line, path and query undecoded.
        headers: names in lower case.
    """

    target: str
    headers: dict[str, str]
    body: bytes


def answer(body: bytes = GOOD, status: int = 200, headers: str = "") -> bytes:
    """A whole answer, with its length."""
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


class CallbackSite:
    """Listens on loopback until `close`.

    Args:
        replies: what each request gets, in turn, the last one for ever; None gets no answer and
            an open connection.
        port: 0 for any free one.
        context: for TLS.
    """

    def __init__(
        self,
        *replies: bytes | None,
        port: int = 0,
        context: ssl.SSLContext | None = None,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> None:
        self.heard: list[Heard] = []
        self._replies = list(replies or [answer()])
        self._context = context
        self._listener = socket.create_server(
            ("::1" if family is socket.AF_INET6 else "127.0.0.1", port), family=family
        )
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, target: str = "/uploaded") -> str:
        """Of this site."""
        return f"http://127.0.0.1:{self.port}{target}"

    def wait_for(self, count: int) -> list[Heard]:
        """Until so many requests have come."""
        wait_until(lambda: len(self.heard) >= count, f"{count} callbacks, got {len(self.heard)}")
        return self.heard

    def close(self) -> None:
        """Take no more connections, drop those that hang."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with suppress(OSError, ValueError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            self.heard.append(_read(connection))
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            if reply is None:
                self._open.append(connection)
                return
            connection.sendall(reply)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        connection.close()


@contextmanager
def site(*replies: bytes | None, **settings: int) -> Iterator[CallbackSite]:
    """A site that is closed at the end."""
    opened = CallbackSite(*replies, **settings)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()


StartSite = Callable[..., CallbackSite]


def _read(connection: socket.socket) -> Heard:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    headers = {k.lower(): v for k, v in BytesHeaderParser().parsebytes(rest).items()}
    while len(body) < int(headers["content-length"]):
        body += _more(connection)
    return Heard(line.split(b" ")[1].decode(), headers, body)


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ValueError("cut off")
    return piece


def unused_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
