"""Tallies: the sums over processes that live, have died, or were started anew."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pillarbox.model.metrics import (
    COMMIT_CHANGES,
    NO_METER,
    REQUESTS,
    REQUESTS_IN_FLIGHT,
    SENT_BYTES,
    TASK_END,
)
from pillarbox.server.listening import ListenAddress
from pillarbox.server.settings import Settings
from pillarbox.server.tally import (
    Tally,
    TallyOwner,
    new_tallies,
    read_tallies,
    tally_of,
    with_zeros,
    worker_tally_of,
)
from pillarbox.storage.layout import Layout

_GET = ("GetObject", "oss", "200", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_tallies(tmp_path / "metrics")
    return tmp_path / "metrics"


def test_numbers_of_several_processes_are_summed(folder: Path) -> None:
    mine = Tally(folder, "worker-0")
    mine.add(REQUESTS, 2, _GET)
    mine.add(REQUESTS_IN_FLIGHT)
    mine.observe(COMMIT_CHANGES, 3)
    mine.set(TASK_END, 100, ("sweep",))
    script = f"""if True:
        from pathlib import Path
        from pillarbox.model.metrics import *
        from pillarbox.server.tally import Tally
        other = Tally(Path({str(folder)!r}), "worker-1")
        other.add(REQUESTS, 5, {_GET!r})
        other.add(REQUESTS, 1, ("PutObject", "s3", "403", "AccessDenied"))
        other.add(REQUESTS_IN_FLIGHT, 4)
        other.observe(COMMIT_CHANGES, 1)
        other.observe(COMMIT_CHANGES, 1000)
        other.set(TASK_END, 90, ("sweep",))
        import os, signal
        print(os.getpid(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    numbers, owners = read_tallies(folder)
    assert numbers[REQUESTS] == {_GET: [7], ("PutObject", "s3", "403", "AccessDenied"): [1]}
    assert numbers[REQUESTS_IN_FLIGHT] == {(): [5]}
    assert numbers[COMMIT_CHANGES][()] == [1, 0, 1, *[0] * 6, 1, 1004]
    assert numbers[TASK_END] == {("sweep",): [100]}
    assert owners == [
        TallyOwner("worker-0", os.getpid()),
        TallyOwner("worker-1", int(done.stdout)),
    ]
    mine.close()


def test_who_comes_after_goes_on_with_what_was_counted_and_forgets_what_was_held(
    folder: Path,
) -> None:
    first = Tally(folder, "worker")
    first.add(REQUESTS, 2, _GET)
    first.add(REQUESTS_IN_FLIGHT, 3)
    first.set(TASK_END, 100, ("sweep",))
    first.observe(COMMIT_CHANGES, 2)
    first.close()
    second = Tally(folder, "worker")
    second.add(REQUESTS, 1, _GET)
    second.add(REQUESTS, 1, ("new", "oss", "200", ""))
    second.observe(COMMIT_CHANGES, 2)
    numbers, _ = read_tallies(folder)
    assert numbers[REQUESTS] == {_GET: [3], ("new", "oss", "200", ""): [1]}
    assert numbers[REQUESTS_IN_FLIGHT] == {(): [0]}
    assert numbers[TASK_END] == {("sweep",): [100]}
    assert numbers[COMMIT_CHANGES][()] == [0, 2, *[0] * 8, 4]
    second.close()


def test_a_bound_belongs_to_its_bucket(folder: Path) -> None:
    """Prometheus: "Histograms": le is "less or equal"."""
    tally = Tally(folder, "worker")
    for size in (1, 1.5, 2, 256, 257):
        tally.observe(COMMIT_CHANGES, size)
    assert read_tallies(folder)[0][COMMIT_CHANGES][()] == [1, 2, 0, 0, 0, 0, 0, 0, 1, 1, 517.5]
    tally.close()


def test_threads_lose_nothing(folder: Path) -> None:
    tally = Tally(folder, "worker")

    def count(number: int) -> None:
        for _ in range(2000):
            tally.add(SENT_BYTES, 1, (f"operation-{number % 2}",))
            tally.observe(COMMIT_CHANGES, 1)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(8)))
    numbers, _ = read_tallies(folder)
    assert numbers[SENT_BYTES] == {("operation-0",): [8000], ("operation-1",): [8000]}
    assert numbers[COMMIT_CHANGES][()][0] == 16000
    tally.close()


def test_labels_without_bound_end_in_one_series_and_nothing_is_lost(folder: Path) -> None:
    tally = Tally(folder, "worker")
    for number in range(20_000):
        tally.add(REQUESTS, 1, (f"odd-{number}", "oss", "200", ""))
    tally.add(SENT_BYTES, 7, ("late",))
    tally.observe(COMMIT_CHANGES, 1)
    size = (folder / "worker").stat().st_size
    numbers, _ = read_tallies(folder)
    assert size == 512 * 1024
    assert sum(value for (value,) in numbers[REQUESTS].values()) == 20_000
    assert numbers[REQUESTS][("other",) * 4] > [1000]
    assert numbers[SENT_BYTES] == {("other",): [7]}
    assert numbers[COMMIT_CHANGES][()][0] == 1
    tally.close()


def test_a_start_of_the_server_begins_at_nothing(folder: Path) -> None:
    tally = Tally(folder, "worker")
    tally.add(REQUESTS, 2, _GET)
    tally.close()
    new_tallies(folder)
    assert read_tallies(folder) == ({}, [])


def test_a_process_that_starts_just_now_is_passed_over(folder: Path) -> None:
    (folder / "worker").touch()
    assert read_tallies(folder) == ({}, [])


def test_what_nobody_has_told_of_is_zero_if_it_has_no_labels() -> None:
    numbers = with_zeros(
        {REQUESTS_IN_FLIGHT: {(): [2.0]}}, [REQUESTS, REQUESTS_IN_FLIGHT, COMMIT_CHANGES]
    )
    assert numbers == {
        REQUESTS_IN_FLIGHT: {(): [2.0]},
        COMMIT_CHANGES: {(): [0.0] * (len(COMMIT_CHANGES.bounds) + 2)},
    }


def test_without_an_admin_address_nothing_is_kept(tmp_path: Path) -> None:
    assert tally_of(Settings(tmp_path), "worker") is NO_METER
    assert not Layout(tmp_path).metrics.exists()
    new_tallies(Layout(tmp_path).metrics)
    asked = Settings(tmp_path, admin=ListenAddress("127.0.0.1", 9001))
    assert isinstance(tally_of(asked, "worker"), Tally)


def test_tallies_are_for_the_owner_alone(folder: Path) -> None:
    tally = Tally(folder, "worker")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "worker").stat().st_mode & 0o777 == 0o600
    tally.close()


def test_no_two_living_processes_count_under_one_name(folder: Path) -> None:
    first = Tally(folder, "worker")
    with pytest.raises(BlockingIOError):
        Tally(folder, "worker")
    first.close()
    Tally(folder, "worker").close()


def test_each_of_several_workers_has_a_tally_and_a_new_one_that_of_the_dead(
    folder: Path, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, admin=ListenAddress("127.0.0.1", 9001), workers=2)
    first, second = worker_tally_of(settings), worker_tally_of(settings)
    with pytest.raises(BlockingIOError):
        worker_tally_of(settings)
    assert isinstance(first, Tally)
    assert isinstance(second, Tally)
    for amount, tally in enumerate((first, second), 1):
        tally.add(REQUESTS, amount, _GET)
    first.close()
    again = worker_tally_of(settings)
    assert isinstance(again, Tally)
    again.add(REQUESTS, 10, _GET)
    numbers, owners = read_tallies(folder)
    assert numbers[REQUESTS] == {_GET: [13]}
    assert [owner.name for owner in owners] == ["worker-1", "worker-2"]
    again.close()
    second.close()
