"""What a process takes of the machine: CPU time, memory, descriptors.

Of any process of this user where there is /proc (proc(5)), of this one alone elsewhere.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessNumbers:
    """None stands for what this system doesn't tell.

    Attributes:
        cpu_seconds: user and system.
        memory_bytes: resident.
        descriptors, max_descriptors: open, and how many may be.
        started: seconds since the Unix epoch.
    """

    cpu_seconds: float
    memory_bytes: int | None = None
    descriptors: int | None = None
    max_descriptors: int | None = None
    started: float | None = None


def process_numbers(pid: int) -> ProcessNumbers | None:
    """Of the process `pid`; None if it is gone, or nothing can be known of it."""
    if not (_PROC / "self" / "stat").exists():
        return _own() if pid == os.getpid() else None
    try:
        # Behind the name, which may hold anything: the third field is the first.
        fields = (
            (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        )
        descriptors = len(list((_PROC / str(pid) / "fd").iterdir()))
        most = _max_descriptors(pid)
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return ProcessNumbers(
        cpu_seconds=(int(fields[11]) + int(fields[12])) / ticks,
        memory_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        descriptors=descriptors,
        max_descriptors=most,
        started=_boot_time() + int(fields[19]) / ticks,
    )


def _max_descriptors(pid: int) -> int | None:
    for line in (_PROC / str(pid) / "limits").read_text("utf-8").splitlines():
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return int(soft) if soft.isdecimal() else None
    return None


@cache
def _boot_time() -> float:
    for line in (_PROC / "stat").read_text("utf-8").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def _own() -> ProcessNumbers:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ProcessNumbers(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        descriptors=len(list(Path("/dev/fd").iterdir())),
        max_descriptors=soft,
    )
