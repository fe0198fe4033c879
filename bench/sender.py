"""Sends one large form by sendfile: the cheapest client that there can be.

A process of its own, so that neither it nor the bench waits for the other's interpreter::

    python sender.py HOST PORT HEAD FILE TAIL

HEAD and TAIL are files with the bytes around those of FILE. Prints a line of JSON: the answer's
status, seconds from connecting to the answer, and the CPU seconds of this process in between.
"""

import json
import os
import resource
import socket
import sys
import time
from pathlib import Path

_STEP = 1 << 20


def send(host: str, port: int, head: bytes, source: Path, tail: bytes) -> int:
    """Send the form; the status of the answer, 0 if there was none."""
    with socket.create_connection((host, port)) as connection, source.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        connection.sendall(head)
        offset = 0
        while offset < size:
            offset += os.sendfile(connection.fileno(), file.fileno(), offset, _STEP)
        connection.sendall(tail)
        answer = connection.recv(4096)
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) == 3 else 0


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    host, port, head, source, tail = sys.argv[1:]
    before = Path(head).read_bytes()
    behind = Path(tail).read_bytes()
    start, start_cpu = time.perf_counter(), cpu_seconds()
    status = send(host, int(port), before, Path(source), behind)
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - start_cpu
    print(json.dumps({"status": status, "seconds": seconds, "cpu_seconds": cpu}))
