"""A web server that is no store: it gives answers that a store never does, or is a proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Received:
    """A request: verb, target as it was written, headers by lower-case names."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass(slots=True)
class WebServer:
    """Where it listens, and what it was asked."""

    url: str
    received: list[Received] = field(default_factory=list)


@contextmanager
def web_server(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Iterator[WebServer]:
    """Answers every request alike, on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            told = {name.lower(): value for name, value in self.headers.items()}
            running.received.append(Received(self.command, self.path, told))
            self.rfile.read(int(told.get("content-length", "0")))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = WebServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
