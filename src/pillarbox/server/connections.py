"""The connections of this process, for who has to end one: granian gives none of them out."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Peer = tuple[str, int]
"""Address and port of one end of a connection."""

_DESCRIPTORS = Path("/dev/fd")


def cut(is_meant: Callable[[Peer, Peer], bool]) -> None:
    """End every TCP connection for which `is_meant(own end, other end)`.

    Looks at every descriptor of the process.
    """
    for descriptor in list(_DESCRIPTORS.iterdir()):
        with suppress(OSError):  # closed since, no socket, not connected
            _cut(int(descriptor.name), is_meant)


def _cut(descriptor: int, is_meant: Callable[[Peer, Peer], bool]) -> None:
    # Of a descriptor of our own the ends can't change between the look and the shutdown.
    own = os.dup(descriptor)
    try:
        connection = socket.socket(fileno=own)
    except OSError:
        os.close(own)
        raise
    with connection:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            here, there = connection.getsockname(), connection.getpeername()
            if is_meant((here[0], here[1]), (there[0], there[1])):
                connection.shutdown(socket.SHUT_RDWR)
