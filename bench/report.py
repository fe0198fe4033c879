"""What a run found, for people (a table) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench import marks
from bench.figure import Figure, Line
from bench.marks import Verdict
from bench.plan import Plan
from bench.svg import number
from bench.windows import Window
from bench.workspace import filesystem

_WIDTH = 60


def machine(folder: Path) -> dict[str, str]:
    """What the figures depend on: cores, kernel, Python, filesystem, the server below.

    The load is that before the run: more than a few tenths, and something else took its share.
    """
    return {
        "cores": str(os.cpu_count() or 1),
        "load": f"{os.getloadavg()[0]:.1f}",
        "processor": _processor(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "filesystem": filesystem(folder),
        "python": platform.python_version(),
        "granian": version("granian"),
    }


def table(
    figures: Sequence[Figure],
    about: dict[str, str],
    windows: Mapping[str, Sequence[Window]],
    verdicts: Sequence[Verdict],
) -> str:
    """The medians, with the smallest and the largest value of all rounds.

    Args:
        windows: of each figure, by its name.
        verdicts: on the marks.
    """
    lines = [", ".join(f"{name} {value}" for name, value in about.items())]
    for figure in figures:
        heading = f"{'median':>10} {'lowest':>10} {'highest':>10}"
        lines += ["", figure.title, f"  {'':{_WIDTH}} {heading}"]
        lines += [_row(line) for line in figure.ratios]
        if figure.details:
            lines += ["  of which", *map(_row, figure.details)]
        lines += [f"  {note}" for note in figure.notes]
        lines += _beside(windows.get(figure.name, ()))
    lines += ["", "marks, each against the median outside marked windows", *marks.rows(verdicts)]
    return "\n".join(lines)


def document(
    figures: Sequence[Figure],
    about: dict[str, str],
    plan: Plan,
    windows: Mapping[str, Sequence[Window]],
    verdicts: Sequence[Verdict],
) -> dict[str, Any]:
    """Everything, every round's values included."""
    return {
        "machine": about,
        "plan": dataclasses.asdict(plan),
        "figures": [
            {
                "name": figure.name,
                "title": figure.title,
                "ratios": [_entry(line) for line in figure.ratios],
                "details": [_entry(line) for line in figure.details],
                "notes": list(figure.notes),
                "windows": [dataclasses.asdict(each) for each in windows.get(figure.name, ())],
            }
            for figure in figures
        ],
        "marks": [dataclasses.asdict(verdict) for verdict in verdicts],
    }


def _row(line: Line) -> str:
    unit = "" if line.unit == "ratio" else f" {line.unit}"
    numbers = (line.median, min(line.values), max(line.values))
    marked = f"  (slow disk in round {_listed(line.marked)})" if line.marked else ""
    columns = " ".join(f"{number(value):>10}" for value in numbers)
    return f"  {line.what:{_WIDTH}} {columns}{unit}{marked}"


def _beside(windows: Sequence[Window]) -> list[str]:
    """What the bare fsync loop saw, and the windows in which it jumped."""
    seen = [window for window in windows if window.waits]
    if not seen:
        return []
    middle = median(window.p50_ms for window in seen)
    late = median(window.p99_ms for window in seen)
    lines = [
        f"  a bare fsync beside: p50 {middle:.2f} ms, p99 {late:.2f} ms "
        f"(medians of {len(seen)} windows)"
    ]
    lines += [
        f"  slow disk: {window.title}: p50 {window.p50_ms:.2f} ms, p99 {window.p99_ms:.2f} ms"
        for window in seen
        if window.is_marked
    ]
    return lines


def _listed(rounds: Sequence[int]) -> str:
    return ", ".join(map(str, rounds))


def _entry(line: Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "unit": line.unit,
        "median": line.median,
        "calm_median": line.calm_median,
        "values": line.values,
        "marked_rounds": line.marked,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
