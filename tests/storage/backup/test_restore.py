"""Stores made of backups: where none is made, and what is made of a flawed backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from pillarbox.storage.backup.lease import unleased
from pillarbox.storage.backup.restore import Restore
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare
from tests.storage.backup.conftest import backed_up, restored, untold
from tests.storage.filled import CONTENTS, contents
from tests.storage.stores import blob_files


@pytest.fixture
def backup(store_dir: Path, target: Path) -> Path:
    """A backup of the filled store."""
    backed_up(store_dir, target, may_link=False)
    return target


def refused(backup: Path, data_dir: Path, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Restore(backup, data_dir).make(untold)


def test_a_directory_that_is_not_empty(backup: Path, store_dir: Path, tmp_path: Path) -> None:
    refused(backup, store_dir, "is not empty")
    refused(backup, backup, "is not empty")
    other = tmp_path / "other"
    other.mkdir()
    (other / "blobs").mkdir()
    refused(backup, other, "is not empty")
    assert [path.name for path in other.iterdir()] == ["blobs"]


def test_what_is_no_backup(backup: Path, store_dir: Path, tmp_path: Path) -> None:
    refused(store_dir, tmp_path / "again", "holds no backup")
    refused(tmp_path / "nowhere", tmp_path / "again", "holds no backup")
    with unleased(Layout(backup)):
        refused(backup, tmp_path / "again", "a backup is being made there")
    content = (backup / "catalog.sqlite3").read_bytes()
    (backup / "catalog.sqlite3").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    refused(backup, tmp_path / "again", "is damaged")
    (backup / "catalog.sqlite3").write_bytes(b"\xff" * 4096)
    refused(backup, tmp_path / "again", "file is not a database")
    assert not (tmp_path / "again" / "catalog.sqlite3").exists()


def test_a_blob_that_the_backup_has_lost(backup: Path, tmp_path: Path) -> None:
    lost = blob_files(backup)[-1]
    lost.unlink()
    made = restored(backup, tmp_path / "again")
    assert [one.blob_id for one in made.lost] == [lost.name]
    assert len(blob_files(tmp_path / "again")) == len(blob_files(backup))


def test_new_disks_count_as_empty(store_dir: Path, tmp_path: Path) -> None:
    for name in ("backup-disk", "disk"):
        (tmp_path / name / "lost+found").mkdir(parents=True)
    backed_up(store_dir, tmp_path / "backup-disk")
    restored(tmp_path / "backup-disk", tmp_path / "disk")
    assert contents(tmp_path / "disk") == CONTENTS


def test_nothing_is_written_where_it_comes_from(backup: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (backup, *backup.rglob("*"))}
    restored(backup, tmp_path / "again")
    assert {path: path.stat().st_mtime_ns for path in (backup, *backup.rglob("*"))} == before


def test_the_store_is_prepared_as_any_other(backup: Path, store_dir: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    restored(backup, again)
    key, is_new = prepare(again)
    assert (key, is_new) == prepare(store_dir)
    assert not is_new
    assert contents(again) == CONTENTS
