"""Connections, where granian tells nothing: when they are accepted, and how to end one."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pillarbox.server.listening import ListenAddress

T = TypeVar("T")

Peer = tuple[str, int]
"""Address and port of one end of a connection."""

_DESCRIPTORS = Path("/dev/fd")
#: Seconds between two tries to connect.
_CONNECT_INTERVAL = 0.01


async def wait_for_listener(address: ListenAddress) -> None:
    """Wait until a connection to `address` is accepted, for as long as it takes."""
    target = address.reachable
    while True:
        try:
            _, writer = await asyncio.open_connection(target.host, target.port)
        except OSError:
            await asyncio.sleep(_CONNECT_INTERVAL)
        else:
            writer.close()
            return


def cut(is_meant: Callable[[Peer, Peer], bool]) -> None:
    """End every TCP connection of this process for which `is_meant(own end, other end)`.

    Looks at every descriptor of the process.
    """

    def cut_one(connection: socket.socket) -> None:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            here, there = connection.getsockname(), connection.getpeername()
            if is_meant((here[0], here[1]), (there[0], there[1])):
                connection.shutdown(socket.SHUT_RDWR)

    _of_each_socket(cut_one)


def give_up_unread(port: int, seconds: float) -> None:
    """End what will be accepted on `port` when what was sent there stays unread so long.

    granian keeps an answer that it has whole until the client reads it, and tells nobody. The
    kernel ends such a connection, whether its client is gone or only doesn't read (tcp(7),
    TCP_USER_TIMEOUT, which a connection has of its listener). Other systems than Linux have no
    such limit. Looks at every descriptor of the process.
    """

    def limit(listener: socket.socket) -> None:
        listens = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listens and listener.getsockname()[1] == port:
            milliseconds = round(seconds * 1000)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)

    if sys.platform == "linux":
        _of_each_socket(limit)


def count_connections(port: int) -> int:
    """TCP connections of this process whose own end has this port.

    Looks at every descriptor of the process.
    """
    return _of_each_socket(_own_port).count(port)


def _own_port(connection: socket.socket) -> int | None:
    """Of a TCP connection; raises OSError for what is not connected."""
    connection.getpeername()
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        return int(connection.getsockname()[1])
    return None


def _of_each_socket(found: Callable[[socket.socket], T]) -> list[T]:
    """What `found` gives of each socket of this process for which it raises no OSError."""
    results = []
    for descriptor in list(_DESCRIPTORS.iterdir()):
        # Closed since, no socket, not connected.
        with suppress(OSError), _socket_of(int(descriptor.name)) as one:
            results.append(found(one))
    return results


def _socket_of(descriptor: int) -> socket.socket:
    # Of a descriptor of our own the ends can't change while we look.
    own = os.dup(descriptor)
    try:
        return socket.socket(fileno=own)
    except OSError:
        os.close(own)
        raise
