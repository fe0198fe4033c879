"""Backups: what comes into one, what a second one brings, what is refused."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.storage.backup import blob_copies
from pillarbox.storage.backup.backup import Backup, Options
from pillarbox.storage.backup.lease import unleased
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.generation import Generation
from pillarbox.storage.layout import Layout
from pillarbox.storage.pace import Pace
from tests.storage.backup.conftest import backed_up, restored, untold
from tests.storage.filled import CONTENTS, contents
from tests.storage.fsck.conftest import faults_of
from tests.storage.stores import LARGE, blob_files, new_data_dir, opened, put, rows


def names(data_dir: Path) -> set[str]:
    return {path.name for path in blob_files(data_dir)}


def garbage(data_dir: Path) -> set[str]:
    return {str(blob_id) for (blob_id,) in rows(data_dir, "SELECT blob_id FROM garbage")}


def test_what_comes_back(store_dir: Path, target: Path, tmp_path: Path) -> None:
    made = backed_up(store_dir, target)
    assert made.lost == []
    again = tmp_path / "again"
    assert restored(target, again).keys == ["store-key", "callback-key.pem"]
    assert contents(again) == contents(store_dir) == CONTENTS
    assert rows(again, "SELECT * FROM parts") == rows(store_dir, "SELECT * FROM parts")
    assert faults_of(again) == []
    for key in ("store-key", "callback-key.pem"):
        assert (again / key).read_bytes() == (store_dir / key).read_bytes()


def test_what_lies_in_it_is_for_its_owner_alone(store_dir: Path, target: Path) -> None:
    (store_dir / "refused-forms").mkdir()
    backed_up(store_dir, target, may_link=False)
    assert {path.name for path in target.iterdir()} == {
        *("backup.json", "backup.lock", "blobs", "callback-key.pem", "catalog.sqlite3"),
        "store-key",
    }
    for path in (target, *target.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert names(target) == names(store_dir) - garbage(store_dir)


def test_blobs_are_linked_where_that_goes_and_copied_where_it_is_wished(
    store_dir: Path, target: Path, tmp_path: Path
) -> None:
    backed_up(store_dir, target)
    assert {path.stat().st_nlink for path in blob_files(target)} == {2}
    copy = tmp_path / "copy"
    backed_up(store_dir, copy, may_link=False)
    assert {path.stat().st_nlink for path in blob_files(copy)} == {1}
    assert [path.read_bytes() for path in blob_files(copy)] == (
        [path.read_bytes() for path in blob_files(target)]
    )


def test_another_disk_takes_copies(
    store_dir: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    brought = Backup(store_dir, target, Options()).make(untold)
    assert (brought.linked, brought.copied, brought.copied_bytes) == (0, 4, 4 * LARGE)


def test_a_second_one_brings_what_is_new_and_drops_what_is_gone(
    store_dir: Path, target: Path, tmp_path: Path
) -> None:
    async def change() -> None:
        async with opened(store_dir) as (store, bucket):
            await put(store, bucket, b"new", b"n" * LARGE)
            await store.delete_object(bucket, b"in parts")
            await put(store, bucket, b"small", b"other")

    backed_up(store_dir, target)
    before = names(target)
    (blob_files(target)[0].parent / ".left").touch()
    asyncio.run(change())
    made = Backup(store_dir, target, Options())
    told: list[int] = []
    brought = made.make(lambda _: told.append)
    assert (brought.there, brought.linked, brought.copied, made.dropped) == (3, 1, 0, 0)
    assert sum(told) == 4 * LARGE
    assert names(target) > before - {".left"}, "the list waits for the reaper with its blobs"

    with closing(sqlite3.connect(store_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("DELETE FROM object_blobs")
    made = backed_up(store_dir, target)
    assert made.dropped == 1
    again = tmp_path / "again"
    restored(target, again)
    expected = {**CONTENTS, b"new": b"n" * LARGE, b"small": b"other"}
    del expected[b"in parts"]
    assert contents(again) == expected


def test_an_emptied_store_leaves_no_folder(store_dir: Path, target: Path) -> None:
    async def empty() -> None:
        async with opened(store_dir) as (store, bucket):
            for key in CONTENTS:
                await store.delete_object(bucket, key)

    backed_up(store_dir, target)
    asyncio.run(empty())
    with closing(sqlite3.connect(store_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("DELETE FROM object_blobs")
        catalog.execute("DELETE FROM parts")
    backed_up(store_dir, target)
    assert list((target / "blobs").iterdir()) == []


def test_a_spoiled_size_is_brought_again(store_dir: Path, target: Path) -> None:
    backed_up(store_dir, target, may_link=False)
    blob_files(target)[0].write_bytes(b"short")
    backed_up(store_dir, target, may_link=False)
    assert faults_of(target) == []


def test_what_the_store_has_lost_is_told_and_the_rest_is_there(
    store_dir: Path, target: Path
) -> None:
    living = sorted(names(store_dir) - garbage(store_dir))
    lost, cut = [path for path in blob_files(store_dir) if path.name in living][:2]
    lost.unlink()
    cut.write_bytes(b"short")
    made = backed_up(store_dir, target)
    assert {one.blob_id: str(one) for one in made.lost} == {
        lost.name: f"blob {lost.name} is lost: there is no such file",
        cut.name: f"blob {cut.name} is lost: 5 bytes where the catalog says {LARGE}",
    }
    assert names(target) == set(living) - {lost.name, cut.name}


def test_a_file_that_grows_short_while_it_is_copied(store_dir: Path, target: Path) -> None:
    layout, elsewhere = Layout(store_dir), Layout(target)
    elsewhere.blobs.mkdir(parents=True)
    path = blob_files(store_dir)[0]

    def cut(_: int) -> None:
        path.write_bytes(b"")

    path.write_bytes(b"x" * 3_000_000)
    copies = blob_copies.BlobCopies(layout, elsewhere, Pace(None, cut), may_link=False)
    with pytest.raises(LostBlob, match="bytes where the catalog says 3000000"):
        copies.bring(path.name, 3_000_000)
    assert blob_files(target) == []


def test_keys_can_stay_out(store_dir: Path, target: Path) -> None:
    backed_up(store_dir, target)
    made = backed_up(store_dir, target, with_keys=False)
    assert made.keys == []
    assert not (target / "store-key").exists()
    assert not (target / "callback-key.pem").exists()


def refused(data_dir: Path, to: Path, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        backed_up(data_dir, to)


def test_places_that_are_refused(store_dir: Path, target: Path, tmp_path: Path) -> None:
    refused(store_dir, store_dir, "inside of what shall be backed up")
    refused(store_dir, store_dir / "backup", "inside of what shall be backed up")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "photo.jpg").touch()
    refused(store_dir, foreign, "not empty and no backup")
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(new_data_dir(other) / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("UPDATE access_keys SET account_id = 'another'")
    backed_up(other / "data", target)
    refused(store_dir, target, "is the backup of another store")
    assert (foreign / "photo.jpg").exists()


def test_a_backup_that_is_served_or_busy_is_left_alone(store_dir: Path, target: Path) -> None:
    backed_up(store_dir, target)
    with unleased(Layout(target)):
        refused(store_dir, target, "another backup or restore runs")
    Generation(Layout(target).generation).close()
    refused(store_dir, target, "was served or repaired as a store")
    (target / "backup.json").write_text('{"format": 9}')
    refused(store_dir, target, "not of a backup that this version of pillarbox knows")


def test_another_version_is_refused(store_dir: Path, target: Path) -> None:
    with closing(sqlite3.connect(store_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("UPDATE alembic_version SET version_num = '0001'")
    refused(store_dir, target, "of another version")
    assert not target.exists()


def test_a_log_beside_the_former_catalog_does_not_spoil_the_next(
    store_dir: Path, target: Path
) -> None:
    backed_up(store_dir, target)
    (target / "catalog.sqlite3-wal").write_bytes(b"left by a check that was killed")
    backed_up(store_dir, target)
    assert not (target / "catalog.sqlite3-wal").exists()


def test_a_lost_blob_comes_back_by_its_name(store_dir: Path, target: Path) -> None:
    backed_up(store_dir, target, may_link=False)
    lost = blob_files(target)[0].relative_to(target)
    (store_dir / lost).unlink()
    assert faults_of(store_dir) != []
    shutil.copy(target / lost, store_dir / lost)
    assert faults_of(store_dir) == []
    assert contents(store_dir) == CONTENTS
