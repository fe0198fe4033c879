"""Windows, and the rounds that are marked because the disk was slower."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import disk_watch
from bench.figure import Figure, Line, Rounds
from bench.windows import Wait, cut, mark, percentile


def _waits(start: float, milliseconds: float) -> list[Wait]:
    """Half a second of them, the first begun shortly after `start`."""
    seconds = milliseconds / 1000
    return [Wait(start + (number + 1) / 100 + seconds, seconds) for number in range(50)]


def test_each_window_has_the_waits_that_were_under_way_in_it() -> None:
    told = [(1.0, "first"), (2.0, "second")]
    first, second = cut(told, 3.0, _waits(0, 9) + _waits(1, 1) + _waits(2, 2) + _waits(3, 9))
    assert (first.title, first.start, first.end, first.waits) == ("first", 1.0, 2.0, 50)
    assert first.p50_ms == pytest.approx(1)
    assert (second.start, second.end) == (2.0, 3.0)
    assert second.p99_ms == pytest.approx(2)


def test_a_wait_longer_than_a_window_counts_in_each_that_it_touches() -> None:
    told = [(float(number), f"forms: round {number} of 9") for number in range(1, 10)]
    stuck = Wait(4.3, 2.5)  # the disk took nothing all through the third round
    calm = [wait for number in range(5, 10) for wait in _waits(number, 1)]
    windows = cut(told, 10.0, [*_waits(1, 1), stuck, *calm])
    assert [window.waits for window in windows] == [51, 1, 1, 1] + [50] * 5
    assert [window.is_marked for window in windows] == [True] * 4 + [False] * 5


def test_a_window_without_a_wait_is_nothing_special() -> None:
    window = cut([(1.0, "alone")], 2.0, [])[0]
    assert (window.waits, window.p50_ms, window.p99_ms, window.is_marked) == (0, 0.0, 0.0, False)


@pytest.mark.parametrize(("third", "is_marked"), [(3.0, False), (3.1, True), (40.0, True)])
def test_a_p99_over_three_times_the_usual_is_marked(third: float, is_marked: bool) -> None:
    told = [(float(number), f"forms: round {number} of 3") for number in (1, 2, 3)]
    windows = cut(told, 4.0, _waits(1, 1) + _waits(2, 1) + _waits(3, third))
    assert [window.is_marked for window in windows] == [False, False, is_marked]


def test_other_work_is_no_usual_one() -> None:
    told = [(float(n), f"round {n} of 2, {what}") for n, what in enumerate("aabb", 1)]
    waits = [wait for n, took in enumerate((1, 1, 90, 90), 1) for wait in _waits(n, took)]
    assert not any(window.is_marked for window in cut(told, 5.0, waits))


def test_of_two_rounds_none_is_usual() -> None:
    told = [(1.0, "round 1 of 2"), (2.0, "round 2 of 2")]
    windows = cut(told, 3.0, _waits(1, 1) + _waits(2, 90))
    assert not any(window.is_marked for window in windows)


def test_a_line_knows_which_of_its_rounds_are_marked() -> None:
    told = [(float(number), f"forms: round {number} of 3") for number in (1, 2, 3)]
    windows = cut(told, 4.0, _waits(1, 1) + _waits(2, 90) + _waits(3, 1))
    line = Line("p99 / p50", "ratio", (2.0, 50.0, 4.0), (1.9, 2.9, 3.9))
    marked = mark(Figure("forms", "", (line,), (line,)), windows)
    assert marked.ratios[0].marked == marked.details[0].marked == (2,)
    assert (marked.ratios[0].median, marked.ratios[0].calm_median) == (4.0, 3.0)


def test_where_all_rounds_are_marked_all_count() -> None:
    line = Line("p99 / p50", "ratio", (2.0, 50.0, 4.0), marked=(1, 2, 3))
    assert line.calm_median == 4.0


@pytest.mark.parametrize(("share", "value"), [(0.0, 0.0), (0.5, 50.0), (0.99, 99.0), (1.0, 99.0)])
def test_a_percentile(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(100)], share) == value
    assert percentile([], share) == 0.0


def test_the_loop_beside_tells_what_the_disk_takes(tmp_path: Path) -> None:
    said: list[str] = []
    rounds = Rounds()
    with disk_watch.watching(tmp_path, said.append) as watch:
        watch.tell("round 1 of 1")
        # Until the loop has written a few lines, and the measured value lies between them.
        script = "import sys,pathlib\nwhile len(pathlib.Path(sys.argv[1]).read_text()) < 99: pass"
        subprocess.run([sys.executable, "-c", script, tmp_path / "fsync.log"], check=True)
        rounds.add("ratio", {"anything": 1.0})
        windows = watch.take_windows()
        assert watch.take_windows() == []
    assert said == ["round 1 of 1"]
    assert windows[0].waits >= 3
    assert 0 < windows[0].p50_ms <= windows[0].p99_ms
    assert windows[0].start < rounds.lines()[0].noted[0] < windows[0].end
