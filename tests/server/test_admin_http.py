"""The admin address's own HTTP: what it answers, and what it makes of odd requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pillarbox.server import admin_http
from pillarbox.server.admin_http import AdminHttp
from pillarbox.server.listening import ListenAddress
from tests.server.test_keeper import KEY


class Served:
    """An admin address on loopback."""

    def __init__(self, admin: AdminHttp) -> None:
        assert admin._server is not None
        self.port = admin._server.sockets[0].getsockname()[1]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, request: bytes) -> bytes:
        """All that comes back to `request`."""
        reader, writer = await self.connect()
        writer.write(request)
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    why_not: str | None = None, error: Exception | None = None
) -> AsyncIterator[Served]:
    async def metrics() -> str:
        if error is not None:
            raise error
        return "up 1\n"

    async def why_not_ready() -> str | None:
        return why_not

    admin = AdminHttp(metrics, why_not_ready)
    await admin.open(ListenAddress("127.0.0.1", 0))
    try:
        yield Served(admin)
    finally:
        await admin.close()


def answered(request: bytes, why_not: str | None = None, error: Exception | None = None) -> bytes:
    async def run() -> bytes:
        async with serving(why_not, error) as served:
            return await served.ask(request)

    return asyncio.run(run())


def get(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_the_metrics_in_prometheus_own_type() -> None:
    head, body = answered(get("/-/metrics?x=1")).split(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert b"Content-Type: text/plain; version=0.0.4; charset=utf-8" in lines
    assert b"Content-Length: 5" in lines
    assert b"Connection: close" in lines
    assert body == b"up 1\n"


def test_head_has_no_body() -> None:
    head, body = answered(get("/-/live", "HEAD")).split(b"\r\n\r\n")
    assert b"Content-Length: 5" in head.split(b"\r\n")
    assert body == b""


@pytest.mark.parametrize(
    ("why_not", "status", "body"),
    [
        (None, b"200 OK", b"ready\n"),
        ("it rains", b"503 Service Unavailable", b"not ready: it rains\n"),
    ],
)
def test_ready_says_why_not(why_not: str | None, status: bytes, body: bytes) -> None:
    answer = answered(get("/-/ready"), why_not)
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert answer.endswith(b"\r\n\r\n" + body)
    assert answered(get("/-/live"), why_not).endswith(b"\r\n\r\nlive\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/"), b"404 Not Found"),
        (get("/-/metrics/"), b"404 Not Found"),
        (get("//-/metrics"), b"404 Not Found"),
        (get("/-/metrics", "POST"), b"405 Method Not Allowed"),
        (get("/-/metrics", "get"), b"405 Method Not Allowed"),
        (b"\r\n\r\n", b"400 Bad Request"),
        (b"GET /-/metrics\r\n\r\n", b"400 Bad Request"),
        (b"GET /-/metrics HTTP/2.0\r\n\r\n", b"400 Bad Request"),
        (b"GET /-/metrics\xff HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET  /-/metrics HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET /-/metrics HTTP/1.1\r\nX: " + b"y" * 20_000, b"400 Bad Request"),
        (b"\x16\x03\x01" + b"\0" * 500 + b"\r\n\r\n", b"400 Bad Request"),
    ],
)
def test_anything_else_is_refused(request_: bytes, status: bytes) -> None:
    assert answered(request_).startswith(b"HTTP/1.1 " + status + b"\r\n")


def test_metrics_that_fail_tell_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    answer = answered(get("/-/metrics"), error=OSError(f"no {KEY.secret} here"))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert KEY.secret.encode() not in answer
    assert "the metrics can't be told" in caplog.text


def test_connections_that_say_nothing_keep_nobody_else_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too many at once are cut off; those that are too slow are, and then there is room again."""

    async def run() -> None:
        async with serving() as served:
            silent = [await served.connect() for _ in range(admin_http._MAX_CONNECTIONS)]
            await until(lambda: served.ask(get("/-/live")), lambda answer: answer == b"")
            for _, writer in silent:
                writer.close()
            await until(lambda: served.ask(get("/-/live")), lambda answer: b"200 OK" in answer)

            monkeypatch.setattr(admin_http, "_SECONDS", 0.01)
            reader, writer = await served.connect()
            assert await reader.read() == b""
            writer.close()

    asyncio.run(run())


async def until(ask: Callable[[], object], holds: Callable[[bytes], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds(await ask()):  # type: ignore[misc]
            await asyncio.sleep(0.01)


def test_the_end_waits_for_nobody() -> None:
    async def run() -> bytes:
        async with serving() as served:
            reader, writer = await served.connect()
            writer.write(b"GET")
            await served.ask(get("/-/live"))
        async with asyncio.timeout(60):
            rest = await reader.read()
        writer.close()
        return rest

    assert asyncio.run(run()) == b""
