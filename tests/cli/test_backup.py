"""`pillarbox backup` and `pillarbox restore`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pillarbox.server.directory_lock import DirectoryLock
from pillarbox.storage.backup.lease import leased
from pillarbox.storage.layout import Layout
from tests.cli.command import Run
from tests.storage.filled import CONTENTS, contents, filled
from tests.storage.stores import LARGE, blob_files, rows


@pytest.fixture
def store_dir(prepared: Path) -> Path:
    """A filled store."""
    filled(prepared)
    return prepared


def test_there_and_back(command: Run, store_dir: Path, tmp_path: Path) -> None:
    to, again = tmp_path / "backup", tmp_path / "again"
    make = ("backup", "--data", str(store_dir), "--to", str(to))
    made = command(*make, "--copy", "--rate", "1GB", "--verify")
    assert (made.status, made.err) == (0, "")
    first, checked = made.out.splitlines()
    assert first == (
        f"Backup in {to}: 4 blobs copied ({4 * LARGE} bytes), 0 linked, 0 kept, 0 dropped; "
        "with store-key and callback-key.pem, keep it secret"
    )
    assert checked.startswith(f"All is well: {len(CONTENTS)} objects and 2 parts")
    made = command(*make, "--without-keys", "--json")
    assert json.loads(made.out) == {
        "to": str(to),
        "copied": 0,
        "copied_bytes": 0,
        "linked": 0,
        "kept": 4,
        "dropped": 0,
        "keys": [],
        "lost": [],
    }
    done = command("restore", "--from", str(to), "--data", str(again), "--verify")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Store in {again}: 0 blobs copied (0 bytes), 4 linked, 0 kept; ")
    assert "with no keys of the store: put back store-key at least\nAll is well" in done.out
    shutil.copy(store_dir / "store-key", again)
    assert contents(again) == CONTENTS


def test_what_is_lost_is_told(command: Run, store_dir: Path, tmp_path: Path) -> None:
    ((garbage,),) = rows(store_dir, "SELECT blob_id FROM garbage")
    lost = next(path for path in blob_files(store_dir) if path.name != garbage)
    lost.unlink()
    to, again = str(tmp_path / "backup"), str(tmp_path / "again")
    made = command("backup", "--data", str(store_dir), "--to", to)
    assert made.status == 1
    assert made.err == (
        f"blob {lost.name} is lost: there is no such file: run `pillarbox fsck` on the store\n"
    )
    done = command("restore", "--from", to, "--data", again, "--json", "--verify")
    assert done.status == 1
    assert "the backup doesn't have it" in done.err
    assert json.loads(done.out[: done.out.index("\n}") + 2])["lost"] == (
        [f"blob {lost.name} is lost: there is no such file"]
    )
    assert '"fault": "lost-blob"' in done.out


def test_mistakes_are_one_line(command: Run, store_dir: Path, tmp_path: Path) -> None:
    data = ("--data", str(store_dir))

    def mistake(*words: str) -> str:
        done = command(*words)
        assert (done.status, done.out) == (2, "")
        (line,) = done.err.splitlines()
        return line

    assert "inside of what shall be backed up" in mistake("backup", *data, "--to", str(store_dir))
    assert "an empty path" in mistake("backup", *data, "--to", "")
    assert "is no directory" in mistake("backup", *data, "--to", "~nobody-of-that-name/x")
    nowhere = str(tmp_path / "nowhere")
    assert "holds no store" in mistake("backup", "--data", nowhere, "--to", nowhere)
    assert "holds no backup" in mistake("restore", "--from", nowhere, "--data", nowhere)
    to = str(tmp_path / "backup")
    command("backup", *data, "--to", to)
    assert "is not empty" in mistake("restore", "--from", to, *data)
    assert not Path(nowhere).exists()
    lock = DirectoryLock(tmp_path)
    lock.release()
    empty = tmp_path / "empty"
    empty.mkdir()
    lock = DirectoryLock(empty)
    try:
        assert "in use by" in mistake("restore", "--from", to, "--data", str(empty))
    finally:
        lock.release()


def test_hindrances_are_one_line(command: Run, store_dir: Path, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    done = command("backup", "--data", str(store_dir), "--to", str(taken / "backup"))
    assert (done.status, done.out) == (1, "")
    assert "Not a directory" in done.err
    assert len(done.err.splitlines()) == 1


def test_no_repair_takes_a_file_from_a_backup_that_is_made(command: Run, store_dir: Path) -> None:
    blob_files(store_dir)[0].with_name(".left").touch()
    with leased(Layout(store_dir)):
        done = command("fsck", "--data", str(store_dir), "--repair", "--yes")
    assert done.status == 1
    assert done.err == "A backup is being made: only what is safe beside it is mended\n"
    assert command("fsck", "--data", str(store_dir), "--repair", "--yes").status == 0
