"""Connections, where granian tells nothing: when they are accepted, and how to end one."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pillarbox.server.listening import ListenAddress

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
    for descriptor in list(_DESCRIPTORS.iterdir()):
        with suppress(OSError):  # closed since, no socket, not connected
            _cut(int(descriptor.name), is_meant)


def give_up_unread(port: int, seconds: float) -> None:
    """End what will be accepted on `port` when what was sent there stays unread so long.

    granian keeps an answer that it has whole until the client reads it, and tells nobody. The
    kernel ends such a connection, whether its client is gone or only doesn't read (tcp(7),
    TCP_USER_TIMEOUT, which a connection has of its listener). Other systems than Linux have no
    such limit. Looks at every descriptor of the process.
    """
    if sys.platform == "linux":
        for descriptor in list(_DESCRIPTORS.iterdir()):
            with suppress(OSError):
                _limit_listener(int(descriptor.name), port, round(seconds * 1000))


def _limit_listener(descriptor: int, port: int, milliseconds: int) -> None:
    with _connection(descriptor) as listener:
        listens = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listens and listener.getsockname()[1] == port:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def count_connections(port: int) -> int:
    """TCP connections of this process whose own end has this port.

    Looks at every descriptor of the process.
    """
    count = 0
    for descriptor in list(_DESCRIPTORS.iterdir()):
        with suppress(OSError):
            count += _own_port(int(descriptor.name)) == port
    return count


def _own_port(descriptor: int) -> int | None:
    """Of a descriptor that is a TCP connection; raises OSError for any other."""
    with _connection(descriptor) as connection:
        connection.getpeername()
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            return int(connection.getsockname()[1])
    return None


def _connection(descriptor: int) -> socket.socket:
    # Of a descriptor of our own the ends can't change while we look.
    own = os.dup(descriptor)
    try:
        return socket.socket(fileno=own)
    except OSError:
        os.close(own)
        raise


def _cut(descriptor: int, is_meant: Callable[[Peer, Peer], bool]) -> None:
    with _connection(descriptor) as connection:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            here, there = connection.getsockname(), connection.getpeername()
            if is_meant((here[0], here[1]), (there[0], there[1])):
                connection.shutdown(socket.SHUT_RDWR)
