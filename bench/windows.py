"""Windows: stretches of a run, and what a bare fsync took in each.

A part of the bench tells what it does next; from there to the next telling is a window. Beside it
runs a loop of nothing but fsync. Where that loop's own p99 jumped, the disk was another one for a
while, and what was measured then is marked.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.figure import Figure, Line

#: A p99 so many times that of the other rounds' median has jumped.
JUMP = 3.0
#: Of fewer windows nobody can say what is usual.
_FEWEST = 3
_ROUND = re.compile(r"round \d+ of \d+")


@dataclass(frozen=True, slots=True)
class Wait:
    """One bare fsync: when it ended (seconds of the monotonic clock) and how long it took."""

    ended: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a run.

    Attributes:
        title: what was done, as it was told.
        start, end: seconds of the monotonic clock.
        waits: how many bare fsyncs were under way in it; a long one may belong to several windows.
        p50_ms, p99_ms: of them in milliseconds; 0 if there were none.
        is_marked: the p99 jumped.
    """

    title: str
    start: float
    end: float
    waits: int
    p50_ms: float
    p99_ms: float
    is_marked: bool = False


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of `ordered` lies; 0 of nothing."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def cut(told: Sequence[tuple[float, str]], end: float, waits: Sequence[Wait]) -> list[Window]:
    """The windows of a run, marked.

    Args:
        told: when each window began, and its title; in their order.
        end: of the last one.
        waits: in their order.
    """
    ends = [start for start, _ in told[1:]] + [end]
    ended = [wait.ended for wait in waits]
    began = [wait.ended - wait.seconds for wait in waits]
    windows = []
    for (start, title), until in zip(told, ends, strict=True):
        inside = waits[bisect_left(ended, start) : bisect_left(began, until)]
        ordered = sorted(wait.seconds * 1000 for wait in inside)
        middle, late = percentile(ordered, 0.5), percentile(ordered, 0.99)
        windows.append(Window(title, start, until, len(ordered), middle, late))
    return _marked(windows)


def _marked(windows: Sequence[Window]) -> list[Window]:
    """Each held against the windows of the same kind: the same work in other rounds."""
    kinds: dict[str, list[float]] = {}
    for window in windows:
        kinds.setdefault(_kind(window), []).append(window.p99_ms)
    found = []
    for window in windows:
        usual = kinds[_kind(window)]
        jumped = len(usual) >= _FEWEST and window.p99_ms > JUMP * median(usual)
        found.append(dataclasses.replace(window, is_marked=jumped))
    return found


def _kind(window: Window) -> str:
    return _ROUND.sub("", window.title)


def mark(figure: Figure, windows: Sequence[Window]) -> Figure:
    """The figure whose lines know which of their rounds were measured in marked windows."""
    return dataclasses.replace(
        figure,
        ratios=tuple(_mark_line(line, windows) for line in figure.ratios),
        details=tuple(_mark_line(line, windows) for line in figure.details),
    )


def _mark_line(line: Line, windows: Sequence[Window]) -> Line:
    starts = [window.start for window in windows]
    marked = []
    for number, moment in enumerate(line.noted, 1):
        place = bisect_right(starts, moment) - 1
        if place >= 0 and windows[place].is_marked:
            marked.append(number)
    return dataclasses.replace(line, marked=tuple(marked))
