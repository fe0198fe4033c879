"""A server on the loopback that writes down the one form that a client sends to it."""

from __future__ import annotations

import queue
import re
import socketserver
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

#: What the port of the run becomes in the recording, so that it doesn't change each time.
RECORDED_HOST = b"127.0.0.1:9000"

_CORS = (
    b"Access-Control-Allow-Origin: *\r\n"
    b"Access-Control-Allow-Methods: POST\r\n"
    b"Access-Control-Allow-Headers: *\r\n"
)
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
_PATIENCE_SECONDS = 60


class CaptureServer:
    """Keeps the first POST, answers 204; serves `pages` (path to type and bytes) to browsers."""

    def __init__(self, pages: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        self.pages = dict(pages or {})
        self._forms: queue.Queue[bytes] = queue.Queue()
        self._arrived = threading.Event()
        capture = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = self.rfile.readline()
                    if not line:
                        return
                    head += line
                    if b"\r\nexpect: 100-continue\r\n\r\n" in head.lower():
                        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.wfile.write(capture._answer(head, self._body(head)))

            def _body(self, head: bytes) -> bytes:
                if match := _CONTENT_LENGTH.search(head):
                    return self.rfile.read(int(match[1]))
                body = b""
                if _CHUNKED.search(head):
                    while True:
                        size = self.rfile.readline()
                        chunk = self.rfile.read(int(size, 16) + 2)
                        body += size + chunk
                        if int(size, 16) == 0:
                            break
                return body

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def endpoint(self) -> str:
        """The URL of this store, as clients are told it."""
        return f"http://{self.host}"

    def wait(self) -> None:
        """Return when a form has come, or none comes."""
        self._arrived.wait(_PATIENCE_SECONDS)

    def form(self) -> bytes:
        """The request that came, head and body; raises queue.Empty if none comes."""
        request = self._forms.get(timeout=_PATIENCE_SECONDS)
        head, blank, body = request.partition(b"\r\n\r\n")
        return head.replace(self.host.encode(), RECORDED_HOST) + blank + body

    def _answer(self, head: bytes, body: bytes) -> bytes:
        method, path = head.split(b" ", 2)[:2]
        status, type_, content = "404 Not Found", "text/plain", b""
        if method == b"POST":
            self._forms.put(head + body)
            self._arrived.set()
            status = "204 No Content"
        elif method == b"OPTIONS":
            status = "200 OK"
        elif path.decode() in self.pages:
            status = "200 OK"
            type_, content = self.pages[path.decode()]
        length = b"" if status.startswith("204") else b"Content-Length: %d\r\n" % len(content)
        lines = f"HTTP/1.1 {status}\r\nContent-Type: {type_}\r\nConnection: close\r\n".encode()
        return lines + length + _CORS + b"\r\n" + content

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
