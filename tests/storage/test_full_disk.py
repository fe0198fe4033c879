from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
_ROOT = Path(__file__).parents[2]


def _can_mount() -> bool:
    try:
        return subprocess.run([*_OWN_MOUNTS, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not _can_mount(), reason="needs user namespaces (unshare --user --mount)")
@pytest.mark.parametrize("size", [60_000, 700_000])
def test_a_full_disk_refuses_and_the_store_goes_on(tmp_path: Path, size: int) -> None:
    filled = subprocess.run(
        [*_OWN_MOUNTS, sys.executable, "-m", "tests.storage.full_disk", tmp_path, str(size)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert filled.stdout == "went on\n", filled.stderr
