"""The table and the JSON file of a run."""

from __future__ import annotations

import json
from pathlib import Path

from bench import marks, report, windows
from bench.figure import Figure, Line
from bench.plan import FULL
from bench.windows import Window

LINE = Line("100 stalled uploads", "MiB", (1.0, 9.0, 2.0), (10.5, 11.5, 12.5))
FIGURE = Figure("memory", "resident memory", (LINE,), (), ("a note for the reader",))
WINDOWS = (
    Window("memory: round 1 of 3", 10, 11, 50, 0.3, 1.0),
    Window("memory: round 2 of 3", 11, 12, 50, 0.4, 80.0, is_marked=True),
    Window("memory: round 3 of 3", 12, 13, 50, 0.3, 1.2),
)


def test_a_report_has_every_value_of_every_round(tmp_path: Path) -> None:
    about = report.machine(tmp_path)
    figures = [windows.mark(FIGURE, WINDOWS)]
    verdicts = marks.judge(figures, is_full=True)
    beside = {"memory": WINDOWS}
    written = json.loads(json.dumps(report.document(figures, about, FULL, beside, verdicts)))
    assert written["plan"]["long_size"] == FULL.long_size
    figure = written["figures"][0]
    assert figure["notes"] == ["a note for the reader"]
    assert [window["is_marked"] for window in figure["windows"]] == [False, True, False]
    line = figure["ratios"][0]
    assert (line["median"], line["calm_median"], line["values"]) == (2.0, 1.5, [1.0, 9.0, 2.0])
    assert line["marked_rounds"] == [2]
    assert {mark["is_met"] for mark in written["marks"]} == {True, None}


def test_a_table_tells_what_was_found_and_where_the_disk_was_slow(tmp_path: Path) -> None:
    about = report.machine(tmp_path)
    figures = [windows.mark(FIGURE, WINDOWS)]
    verdicts = marks.judge(figures, is_full=True)
    text = report.table(figures, about, {"memory": WINDOWS}, verdicts)
    row = next(line for line in text.splitlines() if line.startswith("  100 stalled uploads  "))
    assert row.split()[3:] == ["2.00", "1.00", "9.00", "MiB", "(slow", "disk", "in", "round", "2)"]
    assert "slow disk: memory: round 2 of 3: p50 0.40 ms, p99 80.00 ms" in text
    assert "a bare fsync beside: p50 0.30 ms, p99 1.20 ms (medians of 3 windows)" in text
    assert "a note for the reader" in text
    assert "of which" not in text, "there are no details"
    assert about["kernel"] in text
    assert next(line for line in text.splitlines() if "< 64" in line).split()[-2:] == [
        "1.50",
        "met",
    ]
