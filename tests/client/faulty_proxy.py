"""A proxy in front of a store that keeps count of requests, and spoils those that a test picks."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came by: verb, target, headers by lower-case names, size of its body."""

    method: str
    target: str
    headers: dict[str, str]
    size: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The answer's body ends after `after` bytes, its connection too."""

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """The answer's body stands still after `after` bytes until the proxy ends; None: no answer."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """Another answer, of which the store hears nothing."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Altered:
    """The store's answer with another value in one header."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """The store's answer without one header, and without the elements of this name."""

    header: str
    element: str


Fault = Cut | Stall | Instead | Altered | Hidden | None


@dataclass(slots=True)
class FaultyProxy:
    """Where it listens and what came by.

    Attributes:
        spoil: is asked about each request.
        answered: how many of them the store has answered, whatever came of the answer.
        stalled: is set when something stands still.
    """

    url: str
    spoil: Callable[[Passed], Fault] = lambda _: None
    passed: list[Passed] = field(default_factory=list)
    answered: int = 0
    stalled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def targets(self, method: str, part: str = "") -> list[str]:
        """Targets of the requests with this verb whose target has `part`."""
        return [p.target for p in self.passed if p.method == method and part in p.target]


@contextmanager
def faulty_proxy(store_url: str) -> Iterator[FaultyProxy]:
    """A proxy of `store_url` on a free port of the loopback."""
    upstream = urlsplit(store_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            request = Passed(self.command, self.path, headers, len(body))
            with proxy.lock:
                fault = proxy.spoil(request)
                proxy.passed.append(request)
            if isinstance(fault, Instead):
                self.send_response(fault.status)
                self.send_header("Content-Length", str(len(fault.body)))
                self.end_headers()
                self.wfile.write(fault.body)
                return
            store = http.client.HTTPConnection(upstream.netloc)
            store.request(self.command, self.path, body, headers)
            answer = store.getresponse()
            with proxy.lock:
                proxy.answered += 1
            try:
                self.answer(answer, fault)
            finally:
                store.close()

        def answer(self, answer: http.client.HTTPResponse, fault: Fault) -> None:
            if fault == Stall():
                self.stand_still()
                return
            headers = {name.lower(): value for name, value in answer.getheaders()}
            body = answer.read()
            if isinstance(fault, Altered):
                headers[fault.name] = fault.value
            elif isinstance(fault, Hidden) and self.command != "HEAD":
                headers.pop(fault.header, None)
                element = fault.element.encode()
                body = re.sub(b"<%b>.*?</%b>" % (element, element), b"", body)
                headers["content-length"] = str(len(body))
            self.send_response_only(answer.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            end = fault.after if isinstance(fault, Cut | Stall) else None
            self.wfile.write(body[:end])
            self.wfile.flush()
            if isinstance(fault, Stall):
                self.stand_still()
            self.close_connection = end is not None

        def stand_still(self) -> None:
            proxy.stalled.set()
            proxy.ended.wait()
            self.close_connection = True

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Tell nobody: whoever is killed breaks its connections, and stderr is a test's."""

    server = Server(("127.0.0.1", 0), Handler)
    proxy = FaultyProxy(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
