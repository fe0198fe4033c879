"""Whoever is killed making a backup or a store leaves what the next one goes on with."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from pillarbox.storage.backup.restore import Restore
from pillarbox.storage.preparation import prepare
from tests.storage.backup import dying_backup
from tests.storage.backup.conftest import backed_up, restored
from tests.storage.filled import CONTENTS, contents
from tests.storage.fsck.conftest import faults_of
from tests.storage.stores import LARGE, opened, put

NEW = {**CONTENTS, b"large": b"new" * 100_000, b"more": b"m" * LARGE, b"small": b"other"}


def killed(what: str, source: Path, to: Path, point: str, count: int) -> None:
    died = subprocess.run(
        [
            sys.executable,
            "-m",
            dying_backup.__name__,
            what,
            str(source),
            str(to),
            point,
            str(count),
        ],
        timeout=60,
        capture_output=True,
    )
    assert died.returncode == -9, died.stderr.decode()


def overwrite(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for key, content in NEW.items():
                if CONTENTS.get(key) != content:
                    await put(store, bucket, key, content)

    asyncio.run(run())


@pytest.mark.parametrize(("point", "count"), dying_backup.BACKUP_POINTS)
def test_a_first_backup(
    store_dir: Path, target: Path, tmp_path: Path, point: str, count: int
) -> None:
    killed("backup", store_dir, target, point, count)
    if point != "renamed":
        with pytest.raises(ValueError, match="never finished"):
            Restore(target, tmp_path / "again")
    backed_up(store_dir, target, may_link=False)
    assert faults_of(target) == []
    restored(target, tmp_path / "again")
    assert contents(tmp_path / "again") == CONTENTS


@pytest.mark.parametrize(
    ("point", "count"), [("copy_catalog", 1), ("writing", 1), ("keys", 1), ("renamed", 1)]
)
def test_the_earlier_backup_is_good_until_the_next_is_whole(
    store_dir: Path, target: Path, tmp_path: Path, point: str, count: int
) -> None:
    backed_up(store_dir, target, may_link=False)
    overwrite(store_dir)
    killed("backup", store_dir, target, point, count)
    restored(target, tmp_path / "between")
    assert contents(tmp_path / "between") == (NEW if point == "renamed" else CONTENTS)
    backed_up(store_dir, target, may_link=False)
    restored(target, tmp_path / "after")
    assert contents(tmp_path / "after") == NEW
    assert faults_of(target) == []


@pytest.mark.parametrize(("point", "count"), dying_backup.RESTORE_POINTS)
def test_a_restore(store_dir: Path, target: Path, tmp_path: Path, point: str, count: int) -> None:
    backed_up(store_dir, target)
    again = tmp_path / "again"
    killed("restore", target, again, point, count)
    if (point, count) == dying_backup.RESTORE_POINTS[-1]:
        assert (again / "catalog.sqlite3").exists(), "all is in its place"
    else:
        with pytest.raises(ValueError, match="was broken off: run `pillarbox restore` again"):
            prepare(again)
        restored(target, again)
        assert not (again / "restoring").exists()
    assert contents(again) == CONTENTS
    assert faults_of(again) == []
