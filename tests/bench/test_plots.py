"""The bar charts."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import plots
from bench.figure import Figure, Line
from bench.svg import Bar, bar_chart, number

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_medians() -> None:
    bars = [Bar("a", 1, 1, 1), Bar("b", 2, 1, 4)]
    chart = ET.fromstring(bar_chart("title", "MiB", bars))
    short, long = [float(bar.get("width", "")) for bar in chart.iter(f"{SVG}rect")]
    assert long == pytest.approx(2 * short, rel=0.01)
    lows, highs = zip(
        *(
            (float(line.get("x1", "")), float(line.get("x2", "")))
            for line in chart.iter(f"{SVG}line")
        ),
        strict=True,
    )
    assert highs[1] - lows[1] == pytest.approx(3 * short, rel=0.01)
    assert highs[1] < float(chart.get("width", ""))


def test_labels_numbers_and_title_are_text() -> None:
    chart = ET.fromstring(bar_chart("a < b & c", "MiB", [Bar("x <y>", 1234.5, 1, 2000)]))
    said = [text.text for text in chart.iter(f"{SVG}text")]
    assert said == ["a < b & c", "x <y>", "1,234 MiB"]
    assert chart.findtext(f"{SVG}title") == "a < b & c"


def test_a_mark_is_a_line_of_its_own_inside_the_chart() -> None:
    chart = ET.fromstring(bar_chart("title", "", [Bar("a", 0.5, 0.4, 0.6)], mark=1.0))
    dashed = [line for line in chart.iter(f"{SVG}line") if line.get("stroke-dasharray")]
    assert len(dashed) == 1
    assert float(dashed[0].get("x1", "")) < float(chart.get("width", ""))


def test_nothing_but_zeros_is_a_chart_too() -> None:
    ET.fromstring(bar_chart("title", "KiB", [Bar("left", 0, 0, 0)]))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0.00"),
        (0.000193, "0.00019"),
        (0.123, "0.12"),
        (99.994, "99.99"),
        (1234.6, "1,235"),
    ],
)
def test_numbers(value: float, said: str) -> None:
    assert number(value) == said


def test_a_file_for_each_figure_and_unit(tmp_path: Path) -> None:
    ratios = (
        Line("disk / Pillarbox", "ratio", (1.0, 0.9)),
        Line("Pillarbox, CPU", "CPU s/GiB", (3.0, 4.0)),
    )
    written = plots.write([Figure("forms-at-once", "eight", ratios, ())], tmp_path / "img")
    assert [path.name for path in written] == [
        "bench-forms-at-once.svg",
        "bench-forms-at-once-cpu.svg",
    ]
    first, second = (path.read_text() for path in written)
    assert "stroke-dasharray" in first, "where Pillarbox is as fast as its bound"
    assert "stroke-dasharray" not in second
    assert "3.50 CPU s/GiB" in second
