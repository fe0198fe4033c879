"""The bench's options and its workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.command import main
from bench.workspace import UnusableError, filesystem, workspace

RUN = Path(__file__).parents[2] / "bench" / "run.py"


def test_the_entry_runs_as_a_script() -> None:
    done = subprocess.run([sys.executable, str(RUN), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--quick" in done.stdout


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_rounds_are_at_least_one(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--rounds={rounds}"])
    assert ended.value.code == 2
    assert "give 1 or more" in capsys.readouterr().err


def test_a_directory_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dir", str(tmp_path / "absent")]) == 2
    assert "choose another with --dir" in capsys.readouterr().err


def test_memory_is_no_disk() -> None:
    place = Path("/dev/shm")
    if filesystem(place) != "tmpfs":
        pytest.skip("no tmpfs at /dev/shm")
    with pytest.raises(UnusableError, match="kept in memory"), workspace(place, 1):
        pass


def test_too_small_a_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="GiB free"), workspace(tmp_path, 1 << 60):
        pass


def test_nothing_stays_in_the_workspace(tmp_path: Path) -> None:
    with workspace(tmp_path, 1) as folder:
        (folder / "file").write_bytes(os.urandom(10))
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
