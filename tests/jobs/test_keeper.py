from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pillarbox.jobs import keeper
from pillarbox.jobs.sweep import sweep
from pillarbox.model.metrics import DELETED_BYTES, DELETED_FILES, TASK_END, TASK_RUNS
from pillarbox.storage.upkeep import Upkeep
from tests.jobs.test_reaper import fill
from tests.recording_meter import RecordingMeter
from tests.storage.stores import LARGE, blob_files, rows


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_sweeps_and_reaps_again_and_again_until_told_to_stop(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing = threading.Event()

    def sweep_once_in_vain(upkeep: Upkeep) -> Iterator[int]:
        if failing.is_set():
            failing.clear()
            raise OSError(5, "Input/output error")
        return sweep(upkeep)

    monkeypatch.setattr(keeper, "sweep", sweep_once_in_vain)
    failing.set()
    fill(data_dir, 1)
    stop = threading.Event()
    meter = RecordingMeter()
    thread = threading.Thread(
        target=keeper.run,
        args=(data_dir, stop),
        kwargs={"interval_seconds": 0.01, "grace_seconds": 0, "meter": meter},
    )
    thread.start()
    try:
        until(lambda: rows(data_dir, "SELECT * FROM garbage") == [])
        fill(data_dir, 2)
        until(lambda: len(blob_files(data_dir)) == 1)
        until(lambda: len(list((data_dir / "blobs").iterdir())) == 1)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert "the sweep failed and will be tried again" in caplog.text
    assert meter.added[TASK_RUNS, ("sweep", "failed")] == 1
    for job in ("sweep", "reaper", "pruning"):
        assert meter.added[TASK_RUNS, (job, "ok")] > 1
        assert meter.last[TASK_END, (job,)] > 1_700_000_000
    # `fill` has overwritten thrice within a run and once across; one blob is left.
    assert meter.added[DELETED_FILES, ("reaper",)] == 4
    assert meter.added[DELETED_BYTES, ("reaper",)] == 4 * LARGE
    assert (DELETED_FILES, ("sweep",)) not in meter.added
