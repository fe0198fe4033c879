"""What bounds an upload: MD5 on one core, the disk, and the work that no server is spared."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.delivery import deliver
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that passed, and seconds of CPU."""

    seconds: float
    cpu_seconds: float


def md5(source: Path) -> Cost:
    """MD5 over a file that lies in the page cache."""
    start, start_cpu = time.perf_counter(), time.thread_time()
    with source.open("rb") as file:
        hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return Cost(time.perf_counter() - start, time.thread_time() - start_cpu)


def disk_seconds(source: Path, folder: Path) -> float:
    """Seconds for `dd conv=fdatasync` of a file into `folder`, where nothing of it stays."""
    target = folder / "dd"
    start = time.perf_counter()
    copy_durably(source, target)
    seconds = time.perf_counter() - start
    target.unlink()
    return seconds


def copy_durably(source: Path, target: Path) -> None:
    """`dd conv=fdatasync`."""
    command = ["dd", f"if={source}", f"of={target}", "bs=1M", "conv=fdatasync", "status=none"]
    subprocess.run(command, check=True)


def receiving_cpu(nginx: Server, source: Path, name: str) -> tuple[float, float]:
    """CPU seconds of nginx and of the sender for one form into a file, without any sync."""
    before = nginx.cpu_seconds()
    sent = deliver(nginx.endpoint, source, name)
    return nginx.cpu_seconds() - before, sent.cpu_seconds


def settle() -> None:
    """Have everything written that earlier runs left to write, so that no run pays for another."""
    os.sync()
