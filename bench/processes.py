"""CPU seconds and resident memory of processes, as Linux counts them in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process in bytes, now and at its peak since `forget_peak`."""

    now: int
    peak: int


def family(pid: int) -> tuple[int, ...]:
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        for task in (_PROC / str(one) / "task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return tuple(found)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes so far, in steps of a clock tick (10 ms)."""
    ticks = 0
    for pid in pids:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def thread_seconds(pid: int) -> dict[int, tuple[str, float]]:
    """Name, and user and system time so far, of each thread of a process, in clock ticks."""
    found = {}
    for task in (_PROC / str(pid) / "task").iterdir():
        try:
            head, _, rest = (task / "stat").read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = rest.split()
        ticks = int(fields[11]) + int(fields[12])
        found[int(task.name)] = (head.partition("(")[2], ticks / _TICKS)
    return found


def memory(pid: int) -> Memory:
    """VmRSS and VmHWM of a process."""
    lines = dict(
        line.split(":", 1) for line in (_PROC / str(pid) / "status").read_text().splitlines()
    )
    return Memory(_kib(lines["VmRSS"]), _kib(lines["VmHWM"]))


def forget_peak(pid: int) -> None:
    """Let the peak begin anew at what is resident now."""
    (_PROC / str(pid) / "clear_refs").write_text("5")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits for its parent does not.

    A killed process is a zombie as soon as its first thread has ended; its files, and the locks on
    them, are closed by the last one.
    """
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    state, threads = fields[0], int(fields[17])
    return state not in "ZX" or threads > 1


def listener(pids: Iterable[int], port: int) -> int | None:
    """Which of `pids` listens on a TCP port, None if none does (yet)."""
    sockets = _listening_sockets(port)
    for pid in pids:
        for descriptor in (_PROC / str(pid) / "fd").iterdir():
            try:
                if str(descriptor.readlink()) in sockets:
                    return pid
            except FileNotFoundError:
                continue
    return None


def _listening_sockets(port: int) -> set[str]:
    sockets = set()
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            sockets.add(f"socket:[{fields[9]}]")
    return sockets


def _kib(text: str) -> int:
    return int(text.removesuffix("kB")) * 1024


def written_bytes(pid: int) -> int:
    """What a process has handed to `write` so far, whether it has reached the disk or not."""
    for line in (_PROC / str(pid) / "io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "wchar":
            return int(value)
    raise ValueError("the kernel counts no bytes written")


def nameless_files(pid: int, folder: Path) -> list[os.stat_result]:
    """The open files of a process that were made in `folder` and have no name (any more)."""
    found = []
    for descriptor in (_PROC / str(pid) / "fd").iterdir():
        try:
            target, status = str(descriptor.readlink()), descriptor.stat()
        except FileNotFoundError:
            continue
        if target.startswith(str(folder)) and target.endswith(" (deleted)"):
            found.append(status)
    return found
