"""Thousands of connections that send a byte now and then, while others upload at speed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pillarbox.model.limits import MIB
from tests.conftest import StartServer
from tests.file_limit import room_for
from tests.server import store_server
from tests.server_process import ServerProcess, wait_until
from tests.wire.fast_uploads import CLIENTS, FastUploads
from tests.wire.raw_http import Connection, request
from tests.wire.slow_clients import Kind, SlowClient, close_all, connect_all, drip
from tests.worker_state import anonymous_memory, descriptors, sockets, unfinished_uploads

CONNECTIONS = 2000
ROUNDS = 6
#: Without a byte, until an upload is given up; a round of drips takes a fraction of a second.
IDLE_SECONDS = 10.0
#: For a head, in the test that waits for its end.
HEAD_SECONDS = 2.0
#: Bytes for each connection, in the mean, and for all that goes on besides.
MEMORY = CONNECTIONS * 128 * 1024 + 256 * MIB


StartStore = Callable[..., ServerProcess]


@pytest.fixture
def start_store(tmp_path: Path, start_server: StartServer) -> StartStore:
    """Starts Pillarbox with any settings, and with few open files."""

    def start(**settings: float) -> ServerProcess:
        command = [store_server.__file__, str(tmp_path), json.dumps(settings)]
        return start_server(data_dir=tmp_path, command=command, soft_file_limit=1024)

    return start


def test_two_thousand_slow_clients_hold_nobody_up(start_store: StartStore) -> None:
    server = start_store(idle_timeout=IDLE_SECONDS)
    before = sockets(server), descriptors(server), anonymous_memory(server)
    with room_for(CONNECTIONS):
        clients = connect_all(server.port, CONNECTIONS)
        files = sum(client.kind is Kind.FILE for client in clients)
        wait_until(
            lambda: drip(clients) and unfinished_uploads(server) == files,
            "all the files that come slowly",
        )
        with FastUploads(server.port, ROUNDS) as uploads:
            most = drip_until_done(server, clients, uploads)
        # At once, before any of them counts as idle.
        half = CONNECTIONS // 2
        check_finished(server, clients[:half])
        assert uploads.check() == CLIENTS * ROUNDS * 3
        assert most - before[2] < MEMORY
        check_ended([client for client in clients[half:] if client.has_body])
        close_all(clients)
    wait_until(lambda: sockets(server) <= before[0], "the end of their connections")
    wait_until(lambda: descriptors(server) <= before[1], "the end of all that they opened")
    assert unfinished_uploads(server) == 0
    assert request(server.port, b"GET", b"/open/none").status == 404
    assert "Traceback" not in server.notices


def drip_until_done(server: ServerProcess, clients: list[SlowClient], uploads: FastUploads) -> int:
    """Bytes of memory that the worker held at most meanwhile."""
    most = 0
    rounds = 0
    while not uploads.done or rounds < 3:
        drip(clients)
        rounds += 1
        most = max(most, anonymous_memory(server))
    return most


def check_finished(server: ServerProcess, clients: list[SlowClient]) -> None:
    """Who sends on is served as if nothing had been."""
    for client in clients:
        client.finish()
    for client in clients:
        assert client.answer().status == (204 if client.has_body else 404)
    for client in clients:
        if client.has_body:
            read = request(server.port, b"GET", f"/open/{client.key}".encode())
            assert read.body == client.content


def check_ended(clients: list[SlowClient]) -> None:
    """Who falls silent in a body is told so."""
    for client in clients:
        answer = client.answer()
        assert (answer.status, answer.error["Code"]) == (400, "RequestTimeout")


def test_a_head_has_its_time_however_it_drips(start_store: StartStore) -> None:
    """So have connections that bring no head at all, and those that bring no further one."""
    server = start_store(head_timeout=HEAD_SECONDS)
    before = sockets(server)
    dripping = [SlowClient(server.port, Kind.HEAD, number) for number in range(10)]
    kept = [SlowClient(server.port, Kind.KEPT, number) for number in range(10)]

    def all_ended() -> bool:
        drip(dripping)
        return all(client.says_something() for client in dripping)

    with Connection(server.port) as silent:
        wait_until(all_ended, "the end of heads that drip")
        assert all(client.is_closed() for client in [*dripping, *kept])
        assert silent.is_closed()
    close_all([*dripping, *kept])
    wait_until(lambda: sockets(server) <= before, "the end of their connections")
