"""Tallies: the numbers of each process of a server, in memory that all of them can read.

Each process has a file of its own in the folder `metrics` of the data directory, mapped into its
memory and locked as long as it lives. So whoever is asked knows the sums over all, whatever the
others are doing, counting costs no system call, and what a process has counted outlives it: the
next one of its name goes on where it was. The folder is made new at a start of the server.

A file holds doubles, eight bytes each, in the machine's order:

    words in use, process id, then for each series
    (bytes of its name, how many numbers), its name and labels with NUL between, the numbers

A series is appended, never moved, and the first word is raised behind it: what is read is whole.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import shutil
import struct
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pillarbox.model.metrics import METRICS, NO_METER, Meter, Metric, MetricKind
from pillarbox.server.settings import Settings
from pillarbox.storage.generation import reserve
from pillarbox.storage.layout import FILE_MODE, FOLDER_MODE, Layout

#: Of one process: some thousands of series, where a busy store has some hundreds.
_SIZE = 512 * 1024
#: Kept for the series `other`, which take what finds no more room.
_SPARE = 16 * 1024
_OTHER = "other"

_HEAD = struct.Struct("=QQ")
_SERIES = struct.Struct("=II")
_WORD = 8

Labels = tuple[str, ...]
Numbers = dict[Metric, dict[Labels, list[float]]]
"""Of each metric, by label values: one number; of a histogram its buckets, then the sum."""

_BY_NAME = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True, slots=True)
class TallyOwner:
    """A process that has a tally: its name, such as `worker`, and its id."""

    name: str
    pid: int


class Tally:
    """The numbers of this process; a `Meter`.

    Args:
        folder: made by `new_tallies`.
        name: of the process.

    Raises:
        BlockingIOError: another living process has this name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            # mmap keeps a duplicate of the descriptor, and by it the lock.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            reserve(descriptor, _SIZE)
            self._memory = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self._lock = threading.Lock()
        self._places: dict[tuple[Metric, Labels], int] = {}
        self._used: int = max(_HEAD.unpack_from(self._memory)[0], _HEAD.size // _WORD)
        for metric, labels, place, _ in _series(self._memory):
            self._places[metric, labels] = place
        self._numbers = memoryview(self._memory).cast("d")
        for (metric, _), place in self._places.items():
            if metric.kind is MetricKind.GAUGE:  # of one who is dead
                self._numbers[place] = 0.0
        _HEAD.pack_into(self._memory, 0, self._used, os.getpid())

    def add(self, metric: Metric, amount: float = 1.0, labels: Labels = ()) -> None:
        """See `Meter`."""
        with self._lock:
            place = self._places.get((metric, labels))
            if place is None:
                place = self._new_place(metric, labels)
            self._numbers[place] += amount

    def set(self, metric: Metric, value: float, labels: Labels = ()) -> None:
        """See `Meter`."""
        with self._lock:
            place = self._places.get((metric, labels))
            if place is None:
                place = self._new_place(metric, labels)
            self._numbers[place] = value

    def observe(self, metric: Metric, value: float, labels: Labels = ()) -> None:
        """See `Meter`."""
        bounds = metric.bounds
        with self._lock:
            place = self._places.get((metric, labels))
            if place is None:
                place = self._new_place(metric, labels)
            self._numbers[place + bisect_left(bounds, value)] += 1.0
            self._numbers[place + len(bounds) + 1] += value

    def close(self) -> None:
        """Give the memory back; the file stays for whoever reads."""
        with self._lock:
            self._numbers.release()
            self._memory.close()

    def _new_place(self, metric: Metric, labels: Labels) -> int:
        place = self._append(metric, labels, _SIZE - _SPARE)
        if place is None:
            rest = (_OTHER,) * len(labels)
            place = self._places.get((metric, rest)) or self._append(metric, rest, _SIZE)
            assert place is not None, "there are more metrics than the spare room is for"
        # Labels that found no room are not remembered: what comes without bound must not grow here.
        return place

    def _append(self, metric: Metric, labels: Labels, end: int) -> int | None:
        """The place of a new series, None if it would reach behind `end`."""
        name = "\0".join((metric.name, *labels)).encode()
        count = _count(metric)
        start = self._used * _WORD
        first = start + _SERIES.size + len(name) + -len(name) % _WORD
        if first + count * _WORD > end:
            return None
        _SERIES.pack_into(self._memory, start, len(name), count)
        self._memory[start + _SERIES.size : start + _SERIES.size + len(name)] = name
        self._used = first // _WORD + count
        _HEAD.pack_into(self._memory, 0, self._used, os.getpid())
        self._places[metric, labels] = first // _WORD
        return first // _WORD


def tally_of(settings: Settings, name: str) -> Meter:
    """The tally of this process, or a meter that forgets where nobody can ask."""
    if settings.admin is None:
        return NO_METER
    return Tally(Layout(settings.data_dir).metrics, name)


def worker_tally_of(settings: Settings) -> Meter:
    """That of a worker: the first of theirs that no other living one has."""
    if settings.workers == 1:
        return tally_of(settings, "worker")
    for number in range(1, settings.workers):
        with suppress(BlockingIOError):
            return tally_of(settings, f"worker-{number}")
    return tally_of(settings, f"worker-{settings.workers}")


def new_tallies(folder: Path) -> None:
    """Make the folder, empty; at a server's start, before any of its processes counts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(FOLDER_MODE, exist_ok=True)


def read_tallies(folder: Path) -> tuple[Numbers, list[TallyOwner]]:
    """The numbers of all processes together, and who they are.

    Raises OSError.
    """
    total: Numbers = {}
    owners = []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        if len(content) < _HEAD.size:
            continue  # a process that starts just now
        owners.append(TallyOwner(path.name, _HEAD.unpack_from(content)[1]))
        for metric, labels, _, numbers in _series(content):
            series = total.setdefault(metric, {})
            series[labels] = _together(metric, series.get(labels), numbers)
    return total, owners


def _together(metric: Metric, known: list[float] | None, numbers: list[float]) -> list[float]:
    if known is None:
        return numbers
    if metric.kind is MetricKind.MOMENT:
        return [max(known[0], numbers[0])]
    return [one + other for one, other in zip(known, numbers, strict=True)]


def _series(content: bytes | mmap.mmap) -> Iterator[tuple[Metric, Labels, int, list[float]]]:
    """Metric, labels, place (in words) and numbers of each series."""
    offset, end = _HEAD.size, _HEAD.unpack_from(content)[0] * _WORD
    while offset < end:
        length, count = _SERIES.unpack_from(content, offset)
        offset += _SERIES.size
        name, *labels = bytes(content[offset : offset + length]).decode().split("\0")
        offset += length + -length % _WORD
        yield (
            _BY_NAME[name],
            tuple(labels),
            offset // _WORD,
            list(struct.unpack_from(f"={count}d", content, offset)),
        )
        offset += count * _WORD


def _count(metric: Metric) -> int:
    return len(metric.bounds) + 2 if metric.kind is MetricKind.HISTOGRAM else 1


def with_zeros(numbers: Numbers, metrics: Iterable[Metric]) -> Numbers:
    """`numbers` with a zero for each of `metrics` without labels that nobody has told of yet.

    A rise from nothing is none to Prometheus ("Avoid missing metrics").
    """
    zeros: Numbers = {m: {(): [0.0] * _count(m)} for m in metrics if not m.labels}
    return zeros | numbers
