from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pillarbox.jobs import keeper
from pillarbox.jobs.sweep import sweep
from pillarbox.storage.upkeep import Upkeep
from tests.jobs.test_reaper import fill
from tests.storage.stores import blob_files, rows


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
    thread = threading.Thread(
        target=keeper.run,
        args=(data_dir, stop),
        kwargs={"interval_seconds": 0.01, "grace_seconds": 0},
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
