"""Clients that are slow for minutes: who keeps to the limits is served, who doesn't is ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from pillarbox.model.limits import KIB, MIB
from tests.certificates import make_tls
from tests.conftest import StartServer
from tests.file_limit import room_for
from tests.server_process import PATIENCE, ServerProcess, wait_until
from tests.soak.conftest import Settings
from tests.wire.fast_uploads import CLIENTS, FastUploads
from tests.wire.raw_http import Connection, head, request
from tests.wire.slow_clients import Kind, SlowClient, close_all, connect_all, drip
from tests.wire.store_client import FORM_TYPE, form
from tests.worker_state import anonymous_memory, descriptors, sockets, unfinished_uploads

UPLOADS = 200
#: Well below the 30 seconds without a byte after which an upload is given up.
PAUSE_SECONDS = 5.0
#: What comes after each pause: twice the least rate, and a fiftieth of it.
ENOUGH, TOO_LITTLE = int(PAUSE_SECONDS * 2 * KIB), int(PAUSE_SECONDS * KIB / 50)
#: Until the mean rate is looked at.
GRACE_SECONDS = 60.0

CONNECTIONS = 2000
MEMORY = CONNECTIONS * 128 * KIB + 256 * MIB


class Trickle:
    """An upload that comes in pieces of one size."""

    def __init__(self, port: int, key: str, piece: int, pieces: int) -> None:
        """Connect and send the head."""
        self.key, self.content = key, b"%08d" % piece * math.ceil(piece * pieces / 8)
        self._piece, self._body = piece, form({"key": key}, self.content)
        length = (b"Content-Length", b"%d" % len(self._body))
        self.connection = Connection(port, patience=2 * PATIENCE)
        assert self.connection.send(head(b"POST", b"/drop", [(b"Content-Type", FORM_TYPE), length]))

    def send_on(self, whole: bool = False) -> None:
        """Send the next piece, or all that is left."""
        size = len(self._body) if whole else self._piece
        self.connection.send(self._body[:size])
        self._body = self._body[size:]


def test_uploads_that_trickle(start_server: StartServer, settings: Settings) -> None:
    server = start_server("--init-bucket", "drop:public-read-write")
    rounds = math.ceil(max(settings.seconds, GRACE_SECONDS + 20) / PAUSE_SECONDS)
    taken = [Trickle(server.port, f"taken-{n}", ENOUGH, rounds) for n in range(UPLOADS)]
    given_up = [Trickle(server.port, f"given-up-{n}", TOO_LITTLE, rounds) for n in range(UPLOADS)]
    for _ in range(rounds):
        for trickle in (*taken, *given_up):
            trickle.send_on()
        time.sleep(PAUSE_SECONDS)

    for trickle in taken:
        trickle.send_on(whole=True)
        with trickle.connection as connection:
            assert connection.answer().status == 204
        assert request(server.port, b"GET", f"/drop/{trickle.key}".encode()).body == trickle.content
    for trickle in given_up:
        with trickle.connection as connection:
            answer = connection.answer()
            assert (answer.status, answer.error["Code"]) == (400, "RequestTimeout")
        assert request(server.port, b"GET", f"/drop/{trickle.key}".encode()).status == 404


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
            assert connection.is_closed()
    assert request(server.port, b"GET", b"/drop/silent").status == 404
    assert (
        request(server.port, b"POST", b"/drop", [(b"Content-Type", FORM_TYPE)], body).status == 204
    )


def test_thousands_that_drip_come_and_go(start_server: StartServer, settings: Settings) -> None:
    """Each of them is ended by the limits that a store has of itself, and another takes its place.

    Meanwhile others upload at speed.
    """
    server = start_server("--init-bucket", "open:public-read-write", soft_file_limit=1024)
    before = sockets(server), descriptors(server), anonymous_memory(server)
    until = time.monotonic() + max(settings.seconds, 2 * GRACE_SECONDS)
    with room_for(2 * CONNECTIONS):
        clients = connect_all(server.port, CONNECTIONS)
        ended = 0
        while time.monotonic() < until:
            with FastUploads(server.port, 4) as uploads:
                _drip_while(clients, lambda uploads=uploads: not uploads.done)  # type: ignore[misc]
                assert uploads.check() == CLIENTS * 4 * 3
            assert anonymous_memory(server) - before[2] < MEMORY
            ended += _replace_ended(server, clients)
        print(f"{ended} slow clients were ended")
        assert ended >= CONNECTIONS
        close_all(clients)
    wait_until(lambda: sockets(server) <= before[0], "the end of their connections")
    wait_until(lambda: descriptors(server) <= before[1], "the end of all that they opened")
    assert unfinished_uploads(server) == 0
    assert "Traceback" not in server.notices


def test_a_handshake_that_does_not_end(start_server: StartServer, tmp_path: Path) -> None:
    """Neither silence nor a byte now and then keeps a connection before TLS is spoken."""
    files = make_tls(tmp_path)
    server = start_server("--tls-cert", str(files.cert), "--tls-key", str(files.key))
    before = sockets(server)
    connections = [Connection(server.port) for _ in range(UPLOADS)]
    dripping = connections[::2]
    for connection in dripping:
        connection.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    def all_ended() -> bool:
        for connection in dripping:
            connection.send(b"a")
        return all(connection.says_something(0) for connection in connections)

    wait_until(all_ended, "the end of their handshakes")
    for connection in connections:
        with connection:
            pass
    wait_until(lambda: sockets(server) <= before, "the end of their connections")


def _drip_while(clients: list[SlowClient], goes_on: Callable[[], bool]) -> None:
    while True:
        drip(clients)
        if not goes_on():
            return
        time.sleep(0.5)


def _replace_ended(server: ServerProcess, clients: list[SlowClient]) -> int:
    """Check how the server ended some of them, let others take their places; how many."""
    ended = [number for number, client in enumerate(clients) if client.says_something()]
    for number in ended:
        client = clients[number]
        if client.has_body:
            answer = client.answer()
            assert (answer.status, answer.error["Code"]) == (400, "RequestTimeout")
        else:
            assert client.kind in (Kind.HEAD, Kind.KEPT)
            assert client.is_closed()
        client.close()
        clients[number] = SlowClient(server.port, client.kind, number)
    return len(ended)
