"""The server is killed at every step of a commit and of what deletes; then the power is cut there.

`fault_points` lists the steps, `fault_shim` says how they are met exactly. Small, large,
overwriting, forbid-overwrite and multipart uploads are in flight each time, and versions, delete
markers and removals of versions; afterwards the comparison is that of `test_power_cut`. A point
that the load never comes to fails the test.

`make test` kills at each point once and cuts the power at some; `make crash` does both at all of
them, with each kind of request.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.crash.bounds import Kind
from tests.crash.conftest import Settings
from tests.crash.fault_points import (
    BLOB_POINTS,
    CHECKPOINT_POINTS,
    COMMIT_POINTS,
    EACH_POINT,
    REAPER_POINTS,
    SWEEP_POINTS,
    Point,
)
from tests.crash.fault_rounds import FaultRounds
from tests.crash.fault_shim import Action, FaultShim
from tests.crash.image import Image, why_impossible
from tests.crash.rounds import Kill, PowerCut

#: From here on a blob is on the disk, and has no row yet.
BLOB_SAFE = next(point for point in BLOB_POINTS if point.name == "folder-sync-behind")


@pytest.fixture
def killed(tmp_path: Path, fault_library: Path, settings: Settings) -> Iterator[FaultRounds]:
    """Rounds that kill."""
    with FaultShim(fault_library, tmp_path / "faults") as shim:
        yield FaultRounds(tmp_path / "data", Kill(), Action.KILL, shim, settings.seed)


@pytest.fixture
def cut(tmp_path: Path, fault_library: Path, settings: Settings) -> Iterator[FaultRounds]:
    """Rounds that cut the power."""
    if reason := why_impossible():
        pytest.skip(f"no power can be cut: {reason}")
    folder = tmp_path / "image"
    folder.mkdir()
    with (
        Image(folder) as image,
        FaultShim(fault_library, tmp_path / "faults", image.mount_point) as shim,
    ):
        data_dir = image.mount_point / "data"
        yield FaultRounds(data_dir, PowerCut(image), Action.CUT, shim, settings.seed)


def test_a_kill_at_some_steps_of_a_commit_loses_nothing(
    killed: FaultRounds, settings: Settings
) -> None:
    check_commits(killed, random.Random(settings.seed).sample(EACH_POINT, 4))


@pytest.mark.soak
def test_a_kill_at_any_step_of_a_commit_loses_nothing(killed: FaultRounds) -> None:
    check_commits(killed, EACH_POINT)


@pytest.mark.soak
def test_a_kill_at_any_step_of_any_request_loses_nothing(killed: FaultRounds) -> None:
    check_commits(killed, COMMIT_POINTS)


def test_a_power_cut_at_some_steps_loses_nothing(cut: FaultRounds, settings: Settings) -> None:
    check_commits(cut, random.Random(settings.seed).sample(COMMIT_POINTS, 2))


@pytest.mark.soak
def test_a_power_cut_at_any_step_of_any_request_loses_nothing(cut: FaultRounds) -> None:
    check_commits(cut, COMMIT_POINTS)


@pytest.mark.soak
@pytest.mark.parametrize("way", ["killed", "cut"])
def test_a_crash_in_a_checkpoint_loses_nothing(way: str, request: pytest.FixtureRequest) -> None:
    check_commits(
        request.getfixturevalue(way), [(point, Kind.SMALL) for point in CHECKPOINT_POINTS]
    )


def test_a_kill_in_the_sweep_or_the_reaper_loses_nothing(killed: FaultRounds) -> None:
    check_jobs(killed)


@pytest.mark.soak
def test_a_power_cut_in_the_sweep_or_the_reaper_loses_nothing(cut: FaultRounds) -> None:
    check_jobs(cut)


def check_commits(rounds: FaultRounds, points: Sequence[tuple[Point, Kind]]) -> None:
    """Crash at each of these points of a commit; nothing is left but what was acknowledged."""
    assert rounds.run(points) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > len(points)
    assert rounds.versions.acknowledged > len(points)


def check_jobs(rounds: FaultRounds) -> None:
    """Crash at each point of what deletes; nothing is left but what was acknowledged."""
    rounds.crash_and_leave(BLOB_SAFE, Kind.LARGE)
    for point in SWEEP_POINTS:
        rounds.leave_empty_run()
        rounds.crash_in_the_jobs(point)
    for point in REAPER_POINTS:
        rounds.leave_garbage()
        rounds.crash_in_the_jobs(point)
    assert rounds.start_and_compare() == []
