"""Ending connections from within, on real sockets."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pillarbox.server import connections
from pillarbox.server.connections import Peer


class Pair:
    """A connection of this process with itself: the server's end and the client's."""

    def __init__(self, listener: socket.socket, stack: ExitStack) -> None:
        self.client = stack.enter_context(socket.create_connection(listener.getsockname()))
        self.server = stack.enter_context(listener.accept()[0])

    @property
    def peer(self) -> Peer:
        """The client, as the server sees it."""
        address: Peer = self.server.getpeername()
        return address

    def is_open(self) -> bool:
        self.client.setblocking(False)
        try:
            return self.client.recv(1) != b""
        except BlockingIOError:
            return True


@pytest.fixture
def pairs() -> Iterator[tuple[Pair, Pair]]:
    """Two connections to one listening socket."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        yield Pair(listener, stack), Pair(listener, stack)


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_only_those_that_are_meant_end(pairs: tuple[Pair, Pair]) -> None:
    stuck, other = pairs
    connections.cut(lambda _, there: there == stuck.peer)
    assert not stuck.is_open()
    assert other.is_open()


def test_connections_of_a_port_are_counted(pairs: tuple[Pair, Pair]) -> None:
    first, second = pairs
    before = open_descriptors()
    ports = [pair.server.getsockname()[1] for pair in pairs]
    assert [connections.count_connections(port) for port in ports] == [2, 2]
    # The other end is in this process too, with a port of its own.
    assert connections.count_connections(first.client.getsockname()[1]) == 1
    assert open_descriptors() == before
    second.server.close()
    assert connections.count_connections(ports[0]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")
def test_what_stays_unread_ends() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        other = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        before = open_descriptors()
        connections.give_up_unread(listener.getsockname()[1], 1.5)
        assert open_descriptors() == before
        for server, milliseconds in ((listener, 1500), (other, 0)):
            accepted = Pair(server, stack).server
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == milliseconds


def test_ends_are_told_from_each_other(pairs: tuple[Pair, Pair]) -> None:
    first, second = pairs
    port = first.server.getsockname()[1]
    seen: set[tuple[Peer, Peer]] = set()

    def is_meant(here: Peer, there: Peer) -> bool:
        if here[1] == port:
            seen.add((here, there))
        return False

    connections.cut(is_meant)
    assert seen == {(pair.server.getsockname(), pair.peer) for pair in (first, second)}


def test_a_look_at_what_is_no_socket_leaves_nothing_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb"):
        before = open_descriptors()
        connections.cut(lambda _, __: False)
        assert open_descriptors() == before
