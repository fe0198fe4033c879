"""The marks, and verdicts on what was measured."""

from __future__ import annotations

import dataclasses

import pytest

from bench import marks, parts
from bench.figure import Figure, Line, Unit
from bench.marks import MARKS, Bound, Mark, judge


def _figure(name: str, **values: float) -> Figure:
    lines = tuple(Line(what.replace("_", " "), "ratio", (value,)) for what, value in values.items())
    return Figure(name, "", lines, ())


@pytest.mark.parametrize(
    ("sense", "value", "is_met"),
    [
        ("≥", 0.85, True),
        ("≥", 0.849, False),
        ("≤", 0.85, True),
        ("≤", 0.851, False),
        ("<", 0.85, False),
        ("<", 0.849, True),
    ],
)
def test_a_value_is_held_against_its_limit(sense: str, value: float, is_met: bool) -> None:
    mark = Mark("a mark", ((Bound("large", "ratio", sense, 0.85),),))  # type: ignore[arg-type]
    verdict = judge([_figure("large", ratio=value)], True, [mark])[0]
    assert (verdict.is_met, verdict.found) == (is_met, f"{value:.2f}")


TWO_WAYS = Mark(
    "disk or cores",
    (
        (Bound("eight", "disk", "≥", 0.9),),
        (Bound("eight", "busy", "≥", 0.9), Bound("eight", "cpu", "≤", 4)),
    ),
)


@pytest.mark.parametrize(
    ("values", "is_met"),
    [
        ({"disk": 0.95, "busy": 0.1, "cpu": 9}, True),
        ({"disk": 0.5, "busy": 0.95, "cpu": 3}, True),
        ({"disk": 0.5, "busy": 0.95, "cpu": 5}, False),
        ({"disk": 0.5, "busy": 0.5, "cpu": 3}, False),
        ({"disk": 0.5}, None),
        ({"disk": 0.95}, True),
    ],
)
def test_one_way_is_enough_and_needs_all_its_bounds(
    values: dict[str, float], is_met: bool | None
) -> None:
    assert judge([_figure("eight", **values)], True, [TWO_WAYS])[0].is_met is is_met


def test_marked_rounds_do_not_count() -> None:
    line = Line("disk", "ratio", (0.1, 0.95, 0.1), marked=(1, 3))
    assert judge([Figure("eight", "", (line,), ())], True, [TWO_WAYS])[0].is_met is True


def test_other_sizes_give_no_verdict() -> None:
    verdict = judge([_figure("eight", disk=0.95)], False, [TWO_WAYS])[0]
    assert (verdict.is_met, verdict.found) == (None, "")


def test_every_mark_names_a_figure_of_the_bench() -> None:
    named = {bound.figure for mark in MARKS for way in mark.ways for bound in way}
    assert named <= set(parts.NAMES)


def test_the_table_says_met_not_met_and_not_measured() -> None:
    figures = [_figure("eight", disk=0.5, busy=0.95, cpu=5)]
    verdicts = judge(figures, True, [TWO_WAYS, dataclasses.replace(TWO_WAYS, text="other")])
    verdicts[1] = dataclasses.replace(verdicts[1], is_met=None, found="")
    _, first, second = marks.rows(verdicts)
    assert "0.50 or 0.95, 5.00" in first
    assert first.endswith("not met")
    assert second.endswith("-  not measured")


def test_units_of_marks_are_those_of_their_lines() -> None:
    units: dict[str, Unit] = {"memory": "MiB", "refusals": "KiB", "recovery": "s"}
    for mark in MARKS:
        for bound in mark.ways[0]:
            unit = units.get(bound.figure)
            assert unit is None or f", {unit}" in mark.text
