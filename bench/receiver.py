"""Receives one large answer, which the kernel throws away: the cheapest client there can be.

A process of its own, as the sender is::

    python receiver.py HOST PORT REQUEST

REQUEST is a file with the whole request. Prints a line of JSON: the answer's status, the bytes
of its body, and the seconds from connecting to the last of them.
"""

import json
import socket
import sys
import time
from pathlib import Path

_STEP = 1 << 20


def receive(host: str, port: int, request: bytes) -> tuple[int, int]:
    """Ask, and read the answer to its end: status and bytes of the body."""
    with socket.create_connection((host, port)) as connection:
        connection.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                return 0, 0
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        length = _length(head)
        rest = length - len(body)
        scratch = bytearray(_STEP)
        while rest > 0:
            # MSG_TRUNC: TCP drops the bytes instead of copying them (tcp(7)).
            count = connection.recv_into(scratch, min(_STEP, rest), socket.MSG_TRUNC)
            if not count:
                break
            rest -= count
    return int(head.split(b" ", 2)[1]), length - rest


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    host, port, request = sys.argv[1:]
    asked = Path(request).read_bytes()
    start = time.perf_counter()
    status, size = receive(host, int(port), asked)
    seconds = time.perf_counter() - start
    print(json.dumps({"status": status, "bytes": size, "seconds": seconds}))
