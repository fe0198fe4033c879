"""The admin address: `/-/metrics`, `/-/live` and `/-/ready`, for the operator's own machines.

It is answered on the loop that serves the requests, so whoever gets an answer knows that it turns.
It is nothing but GET of three short pages: a reader of its own keeps granian, and all that clients
may send it, out of this address, and this address out of theirs.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from pillarbox.server.listening import ListenAddress
from pillarbox.server.metrics_text import CONTENT_TYPE

#: Bytes of a request's head, and seconds until it must be there and its answer be taken.
_MAX_HEAD = 8192
_SECONDS = 10.0
#: A scraper and some probes need a few; more at once are cut off.
_MAX_CONNECTIONS = 32

_TEXT = "text/plain; charset=utf-8"

_log = logging.getLogger("pillarbox")


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    status: str
    text: str
    content_type: str = _TEXT


class AdminHttp:
    """The admin address of one worker. `open` and `close` on its event loop.

    Args:
        metrics: makes the text of a scrape.
        why_not_ready: says why no request should come here, None if it may.
    """

    def __init__(
        self,
        metrics: Callable[[], Awaitable[str]],
        why_not_ready: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._metrics = metrics
        self._why_not_ready = why_not_ready
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def open(self, address: ListenAddress) -> None:
        """Listen; beside other workers and the keeper, which holds the port. Raises OSError."""
        self._server = await asyncio.start_server(
            self._serve,
            address.host,
            address.port,
            limit=_MAX_HEAD,
            reuse_port=sys.platform == "linux",
        )

    async def close(self) -> None:
        """Stop listening; who is being answered is cut off."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            if len(self._running) <= _MAX_CONNECTIONS:
                async with asyncio.timeout(_SECONDS):
                    await self._exchange(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # whoever asked is gone, or too slow, or we are
        finally:
            self._running.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = b""
        method, target = _asked(head)
        page = await self._page(method, target)
        body = page.text.encode()
        writer.write(_head(page, len(body)) + (b"" if method == "HEAD" else body))
        await writer.drain()

    async def _page(self, method: str, target: str) -> Page:
        if not method:
            return Page("400 Bad Request", "This is not a request of HTTP/1.1.\n")
        if method not in ("GET", "HEAD"):
            return Page("405 Method Not Allowed", "There is only GET here.\n")
        match target.partition("?")[0]:
            case "/-/live":
                return Page("200 OK", "live\n")
            case "/-/ready":
                why_not = await self._why_not_ready()
                if why_not is None:
                    return Page("200 OK", "ready\n")
                return Page("503 Service Unavailable", f"not ready: {why_not}\n")
            case "/-/metrics":
                return await self._metrics_page()
        return Page("404 Not Found", "There are /-/metrics, /-/live and /-/ready here.\n")

    async def _metrics_page(self) -> Page:
        try:
            return Page("200 OK", await self._metrics(), CONTENT_TYPE)
        except Exception:
            _log.exception("the metrics can't be told")
            return Page("500 Internal Server Error", "The server's notices say what failed.\n")


def _asked(head: bytes) -> tuple[str, str]:
    """Method and target of a request's head; empty for what is none."""
    words = head.partition(b"\r\n")[0].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return "", ""
    with suppress(UnicodeDecodeError):
        return words[0].decode("ascii"), words[1].decode("ascii")
    return "", ""


def _head(page: Page, length: int) -> bytes:
    lines = [
        f"HTTP/1.1 {page.status}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {length}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if page.status.startswith("405"):
        lines.append("Allow: GET, HEAD")
    return "\r\n".join([*lines, "", ""]).encode("ascii")
