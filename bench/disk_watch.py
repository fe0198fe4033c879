"""The bare fsync loop beside a run, and the windows that it is read by."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Progress
from bench.windows import Wait, Window, cut

_SCRIPT = Path(__file__).with_name("fsync_loop.py")


class DiskWatch:
    """Notes when each window begins, and reads what the loop has written."""

    def __init__(self, log: Path, say: Progress) -> None:
        self._log = log
        self._say = say
        self._told: list[tuple[float, str]] = []

    def tell(self, text: str) -> None:
        """Say what is done next: a new window begins."""
        self._say(text)
        self._told.append((time.monotonic(), text))

    def take_windows(self) -> list[Window]:
        """The windows since the last call; the last of them ends now."""
        told, self._told = self._told, []
        return cut(told, time.monotonic(), self._waits()) if told else []

    def _waits(self) -> list[Wait]:
        # The last line may be half written.
        lines = self._log.read_text().rpartition("\n")[0].splitlines()
        return [Wait(*map(float, line.split())) for line in lines]


@contextmanager
def watching(folder: Path, say: Progress) -> Iterator[DiskWatch]:
    """Run the loop on the disk of `folder`."""
    log = folder / "fsync.log"
    # -I -S: it needs nothing but the standard library.
    command = [sys.executable, "-I", "-S", str(_SCRIPT), str(folder / "fsync")]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL)
    try:
        yield DiskWatch(log, say)
    finally:
        process.terminate()
        process.wait()
