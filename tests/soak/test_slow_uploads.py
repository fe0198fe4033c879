"""Uploads that trickle for minutes are taken; those that fall silent are refused."""

from __future__ import annotations

import time

from tests.conftest import StartServer
from tests.server_process import PATIENCE
from tests.soak.conftest import Settings
from tests.wire.raw_http import Connection, head, request
from tests.wire.store_client import FORM_TYPE, form

UPLOADS = 200
#: Well below the 30 seconds without a byte after which an upload is given up.
PAUSE_SECONDS = 5.0


def test_uploads_that_trickle(start_server: StartServer, settings: Settings) -> None:
    server = start_server("--init-bucket", "drop:public-read-write")
    rounds = max(2, int(settings.seconds / PAUSE_SECONDS))
    content = bytes(range(256)) * rounds
    connections = [Connection(server.port) for _ in range(UPLOADS)]
    bodies = [form({"key": f"slow-{n}"}, content) for n in range(UPLOADS)]
    heads = [
        head(
            b"POST",
            b"/drop",
            [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))],
        )
        for body in bodies
    ]
    for connection, start in zip(connections, heads, strict=True):
        assert connection.send(start)
    size = max(map(len, bodies)) // rounds + 1
    for number in range(rounds):
        for connection, body in zip(connections, bodies, strict=True):
            assert connection.send(body[number * size : (number + 1) * size])
        time.sleep(PAUSE_SECONDS)

    for number, connection in enumerate(connections):
        with connection:
            assert connection.answer().status == 204
        assert request(server.port, b"GET", f"/drop/slow-{number}".encode()).body == content


def test_uploads_that_fall_silent(start_server: StartServer) -> None:
    server = start_server("--init-bucket", "drop:public-read-write")
    body = form({"key": "silent"}, b"x" * 200_000)
    start = head(
        b"POST", b"/drop", [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    )
    connections = [Connection(server.port, patience=2 * PATIENCE) for _ in range(UPLOADS)]
    for number, connection in enumerate(connections):
        assert connection.send(start, body[: number * len(body) // UPLOADS])

    for connection in connections:
        with connection:
            answer = connection.answer()
            assert (answer.status, answer.error["Code"]) == (400, "RequestTimeout")
    assert request(server.port, b"GET", b"/drop/silent").status == 404
    assert (
        request(server.port, b"POST", b"/drop", [(b"Content-Type", FORM_TYPE)], body).status == 204
    )
