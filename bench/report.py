"""What a run found, for people (a table) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figure import Figure, Line
from bench.plan import Plan
from bench.workspace import filesystem

_WIDTH = 52


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


def table(figures: Sequence[Figure], about: dict[str, str]) -> str:
    """The medians, with the smallest and the largest value of all rounds."""
    lines = [", ".join(f"{name} {value}" for name, value in about.items())]
    for figure in figures:
        heading = f"{'median':>10} {'lowest':>10} {'highest':>10}"
        lines += ["", figure.title, f"  {'':{_WIDTH}} {heading}"]
        lines += [_row(line) for line in figure.ratios]
        lines += ["  of which"]
        lines += [_row(line) for line in figure.details]
    return "\n".join(lines)


def document(figures: Sequence[Figure], about: dict[str, str], plan: Plan) -> dict[str, Any]:
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
            }
            for figure in figures
        ],
    }


def _row(line: Line) -> str:
    unit = "" if line.unit == "ratio" else f" {line.unit}"
    numbers = (line.median, min(line.values), max(line.values))
    return f"  {line.what:{_WIDTH}} " + " ".join(f"{_number(n):>10}" for n in numbers) + unit


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _entry(line: Line) -> dict[str, Any]:
    return {**dataclasses.asdict(line), "median": line.median}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
