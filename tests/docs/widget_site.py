"""A web site with a page for each upload widget, and forms for whoever visits."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.clients.record.command_line import NODE_MODULES

#: A WSGI application.
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def bundle(command: str, folder: Path, scripts: Sequence[str]) -> None:
    """Run the page's `npx esbuild widget.jsx …` once for all these scripts of the folder."""
    program, name, widget, *options = command.split()
    assert (program, name, widget) == ("npx", "esbuild", "widget.jsx")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    subprocess.run(
        [NODE_MODULES / ".bin" / name, *scripts, *options, "--log-level=error"],
        cwd=folder,
        check=True,
        timeout=120,
    )


class _Server(ThreadingMixIn, WSGIServer):
    # Browsers open connections in advance, on which nothing comes.
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class WidgetSite:
    """Serves the files of a folder, and everything else by an application of the site's own.

    Attributes:
        app: answers what is no file; a test may put another in its place.
        user: who is logged in.
    """

    def __init__(self, folder: Path, app: App, user: str) -> None:
        self.app = app
        self._folder = folder
        self._user = user
        self._server = make_server("127.0.0.1", 0, self._answer, _Server, _QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        file = self._folder / environ["PATH_INFO"].lstrip("/")
        if not file.is_file():
            return self.app(environ | {"REMOTE_USER": self._user}, start_response)
        start_response("200 OK", [("Content-Type", f"{_TYPES[file.suffix]}; charset=utf-8")])
        return [file.read_bytes()]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
