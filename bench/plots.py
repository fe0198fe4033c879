"""Plots of a run: for each figure a bar chart of its ratios, one file for each unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure, Line, Unit
from bench.svg import Bar, bar_chart

_FILE_NAMES: dict[Unit, str] = {"CPU s/GiB": "cpu"}


def write(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write `bench-FIGURE.svg` into `folder`, and `bench-FIGURE-UNIT.svg` for further units."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        for place, (unit, lines) in enumerate(by_unit(figure.ratios).items()):
            suffix = f"-{_FILE_NAMES.get(unit, unit.strip('/').lower())}" if place else ""
            path = folder / f"bench-{figure.name}{suffix}.svg"
            path.write_text(_chart(figure, unit, lines))
            written.append(path)
    return written


def by_unit(lines: Sequence[Line]) -> dict[Unit, list[Line]]:
    """Lines of one unit can share a scale."""
    found: dict[Unit, list[Line]] = {}
    for line in lines:
        found.setdefault(line.unit, []).append(line)
    return found


def _chart(figure: Figure, unit: Unit, lines: Sequence[Line]) -> str:
    bars = [
        Bar(line.what, max(0.0, line.median), max(0.0, min(line.values)), max(0.0, *line.values))
        for line in lines
    ]
    if unit == "ratio":
        return bar_chart(figure.title, "", bars, mark=1.0)
    return bar_chart(figure.title, unit, bars)
