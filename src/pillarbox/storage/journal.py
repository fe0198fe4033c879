"""A folder of lines that is bounded in bytes and in time.

The lines stand in segments, `00000001.jsonl` and on, the youngest with the highest number. A
segment ends when it is large enough or a day (UTC) is over; whole segments are deleted, the oldest
first. Nothing is forced to the disk: a crash may cost the last lines, and tear one.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pillarbox.model.limits import MIB
from pillarbox.storage.layout import FILE_MODE, FOLDER_MODE

_DAY = 86400

#: All segments together, in bytes, and each of them.
MAX_SIZE = 16 * MIB
SEGMENT_SIZE = 1 * MIB
#: How long lines are kept, in days; they leave the disk up to a day later.
MAX_DAYS = 7

_SEGMENT = re.compile(r"[0-9]{8,}\.jsonl")


class Journal:
    """Writes lines; one thread at a time, and beside other processes that do so."""

    def __init__(
        self, folder: Path, *, max_size: int = MAX_SIZE, segment_size: int = SEGMENT_SIZE
    ) -> None:
        """Write into `folder`, which is made with the first line."""
        self._folder = folder
        self._max_size = max_size
        self._segment_size = segment_size

    def append(self, lines: bytes) -> None:
        """Write whole lines, and delete what is too much.

        Raises:
            OSError: they could not be written, or not all of them.
        """
        self._folder.mkdir(FOLDER_MODE, exist_ok=True)
        with _alone(self._folder):
            self._append(lines)
            self._expire()

    def _append(self, lines: bytes) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._current(len(lines)), flags, FILE_MODE)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                # A crash tore the last line; ours begins anew.
                lines = b"\n" + lines
            view = memoryview(lines)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)

    def expire(self) -> None:
        """Delete the segments that are too old or, the oldest first, too much.

        Raises:
            OSError: one could not be deleted.
        """
        with suppress(FileNotFoundError), _alone(self._folder):
            self._expire()

    def _expire(self) -> None:
        oldest_day = _day(time.time()) - MAX_DAYS
        kept = 0
        for path in reversed(_segments(self._folder)):
            status = path.stat()
            kept += status.st_size
            if kept > self._max_size or _day(status.st_mtime) < oldest_day:
                path.unlink(missing_ok=True)

    def _current(self, size: int) -> Path:
        """The segment that takes `size` bytes more."""
        segments = _segments(self._folder)
        if not segments:
            return self._folder / _name(1)
        status = segments[-1].stat()
        full = status.st_size and status.st_size + size > self._segment_size
        if full or _day(status.st_mtime) != _day(time.time()):
            return self._folder / _name(int(segments[-1].stem) + 1)
        return segments[-1]


def read_lines(folder: Path) -> Iterator[bytes]:
    """The lines in `folder`, of the youngest segment first, torn ones included; none without it.

    Segments may be deleted meanwhile.

    Raises:
        OSError: a segment can't be read.
    """
    for path in reversed(_segments(folder)):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        yield from content.split(b"\n")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to `folder`, or deleting in it; by a flock on itself."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _segments(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if _SEGMENT.fullmatch(path.name)]
    except FileNotFoundError:
        return []
    # By number, not by text: there may be one more digit.
    return sorted(found, key=lambda path: int(path.stem))


def _name(number: int) -> str:
    return f"{number:08}.jsonl"


def _day(seconds: float) -> int:
    return int(seconds // _DAY)
