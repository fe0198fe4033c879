"""Clients that don't do their part, neither sending nor reading on nor closing."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pillarbox.model.limits import MIB
from tests.server_process import ServerProcess, wait_until
from tests.wire.raw_http import Connection, head, request
from tests.wire.store_client import FORM_TYPE, form, part
from tests.worker_state import anonymous_memory, descriptors, sockets

_SCRIPT = Path(__file__).with_name("store_server.py")

TYPED = (b"Content-Type", FORM_TYPE)

#: More than all buffers on the way hold.
LARGE = 64 * MIB

StartStore = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def start_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStore]:
    """Starts Pillarbox with any settings and a large object."""
    started: list[ServerProcess] = []

    def start(**settings: Any) -> ServerProcess:
        directory = tmp_path_factory.mktemp("store")
        command = [str(_SCRIPT), str(directory), json.dumps(settings)]
        started.append(ServerProcess(directory, command=command))
        put(started[-1], "large", LARGE)
        return started[-1]

    yield start
    for server in started:
        server.end()


@pytest.fixture(scope="module")
def patient(start_store: StartStore) -> ServerProcess:
    """A store with the usual settings."""
    return start_store()


@pytest.fixture(scope="module")
def impatient(start_store: StartStore) -> ServerProcess:
    """A store that cuts off who stands still for a moment."""
    return start_store(idle_timeout=0.2, refused_timeout=0.2)


def put(server: ServerProcess, key: str, size: int) -> None:
    typed = [TYPED]
    answer = request(server.port, b"POST", b"/open", typed, form({"key": key}, b"x" * size))
    assert answer.status == 204


class TestDownloads:
    READERS = 60
    #: Of pieces on their way, without the kernel's own.
    PER_READER = 7 * MIB

    def stall(self, server: ServerProcess, count: int = READERS) -> list[Connection]:
        readers = [Connection(server.port, receive_buffer=4096) for _ in range(count)]
        for reader in readers:
            reader.send(head(b"GET", b"/open/large", []))
        for reader in readers:
            assert reader.begins() == b"HTTP/1.1 200 "
        return readers

    def cut_one(self, server: ServerProcess) -> None:
        told = server.output.count(" 200 Aborted ")
        (reader,) = self.stall(server, 1)
        with reader:
            wait_until(lambda: server.output.count(" 200 Aborted ") > told, "its line")

    def test_who_does_not_read_costs_little_memory(self, start_store: StartStore) -> None:
        server = start_store()
        before = anonymous_memory(server)
        readers = self.stall(server)
        # A request that comes after them all: by then their queues are full.
        assert request(server.port, b"GET", b"/open/large", [(b"Range", b"bytes=0-9")]).body
        assert (anonymous_memory(server) - before) / self.READERS < self.PER_READER
        for reader in readers:
            with reader:
                pass

    def test_who_does_not_read_is_cut_off(self, impatient: ServerProcess) -> None:
        before, told = sockets(impatient), impatient.output.count(" 200 Aborted ")
        readers = self.stall(impatient)
        wait_until(
            lambda: impatient.output.count(" 200 Aborted ") == told + self.READERS, "60 lines"
        )
        wait_until(lambda: sockets(impatient) <= before, "the end of their connections")
        for reader in readers:
            with reader:
                pass
        assert impatient.notices == ""

    def test_no_cut_leaves_a_descriptor_open(self, impatient: ServerProcess) -> None:
        before = descriptors(impatient)
        for _ in range(3):
            self.cut_one(impatient)
            wait_until(lambda: descriptors(impatient) <= before, "the end of all it opened")
        assert impatient.notices == ""

    def test_who_does_not_read_small_answers_is_cut_off(self, impatient: ServerProcess) -> None:
        """granian holds each whole until it is read; the application has long forgotten them."""
        before = sockets(impatient)
        readers = [Connection(impatient.port, receive_buffer=4096) for _ in range(5)]
        for reader in readers:
            assert reader.send(head(b"GET", b"/-/upload.js", []) * 2000)
        for reader in readers:
            assert reader.begins() == b"HTTP/1.1 200 "
        assert sockets(impatient) >= before + len(readers)
        wait_until(lambda: sockets(impatient) <= before, "the end of their connections")
        for reader in readers:
            with reader:
                pass

    def test_who_leaves_is_no_success_in_the_log(self, patient: ServerProcess) -> None:
        with Connection(patient.port, receive_buffer=4096) as reader:
            reader.send(head(b"GET", b"/open/large", []))
            reader.begins()
        patient.wait_for_output(" 200 Aborted ")
        found = re.search(r" 200 Aborted .* out=(\d+)", patient.output)
        assert found is not None
        assert int(found[1]) < LARGE


@pytest.mark.parametrize("more", [b"", b"x" * MIB], ids=["at once", "later"])
def test_who_neither_sends_on_nor_leaves_is_cut_off(impatient: ServerProcess, more: bytes) -> None:
    """Answered is not over: granian waits for the rest of a body as long as its client."""
    before = sockets(impatient)
    announced = (b"Content-Length", b"9999999")
    senders = [Connection(impatient.port) for _ in range(20)]
    for sender in senders:
        sender.send(head(b"POST", b"/none", [TYPED, announced]), part("file", b"x"), more)
    for sender in senders:
        with sender:
            assert sender.answer().header("connection") == "close"
            assert sender.is_closed()
    wait_until(lambda: sockets(impatient) <= before, "the end of their connections")


def test_bytes_that_are_lost_on_the_way_are_no_success_in_the_log(patient: ServerProcess) -> None:
    put(patient, "lost", LARGE + 1)
    blob = next(p for p in patient.data_dir.rglob("*") if p.stat().st_size == LARGE + 1)
    with Connection(patient.port, receive_buffer=65536) as reader:
        reader.send(head(b"GET", b"/open/lost", []))
        reader.begins()
        blob.chmod(0o600)
        os.truncate(blob, 1000)
        with pytest.raises(ConnectionError):
            reader.answer()
    patient.wait_for_output(" 200 InternalError ")
    line = next(n for n in patient.output.splitlines() if " 200 InternalError " in n)
    patient.wait_for_notice(f"{line.split()[1]} the bytes of open/'lost' are lost")
    assert "Traceback" not in patient.notices


def test_clients_that_do_not_close_hold_up_no_stop(start_store: StartStore) -> None:
    """Nor do they cost the store its close: who never reads, never ends its form, is drained."""
    server = start_store(drain_timeout=0.2)
    announced = (b"Content-Length", b"1000000")
    with (
        Connection(server.port, receive_buffer=4096) as reader,
        Connection(server.port) as sender,
        Connection(server.port) as refused,
    ):
        reader.send(head(b"GET", b"/open/large", []))
        assert reader.begins() == b"HTTP/1.1 200 "
        sender.send(head(b"POST", b"/open", [TYPED, announced]), part("key", b"k"))
        refused.send(head(b"POST", b"/open/no-form", [TYPED, announced]), b"x")
        assert refused.answer().error["Code"] == "MethodNotAllowed"
        server.signal(signal.SIGTERM)
        assert sender.answer().error["Code"] == "ServiceUnavailable"
        status = server.wait()
    assert (status, server.notices) == (0, "")
