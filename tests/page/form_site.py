"""A web site that hands out pages and forms, as the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Answer = tuple[int, str, str]
"""Status, content type, body."""


class FormSite:
    """Answers GET by path; counts what was asked for.

    Attributes:
        answers: by path without the query, what makes the answer.
        asked: the paths, queries included, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                make = site.answers.get(self.path.partition("?")[0])
                status, kind, body = make() if make else (404, "text/plain", "nothing here")
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def page(self, path: str, text: str) -> str:
        """Serve a page; its URL."""
        self.answers[path] = lambda: (200, "text/html", text)
        return f"{self.url}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
