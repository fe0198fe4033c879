"""What repairs do: nothing is deleted, and what is left is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.fsck.fault import FaultKind, Repair, RepairKind
from pillarbox.storage.fsck.repairs import Repairs
from tests.storage.filled import CONTENTS, contents
from tests.storage.fsck.conftest import Change, faults_of
from tests.storage.fsck.test_check import blob_of, piece_of
from tests.storage.stores import LARGE, blob_files, rows


class Mending:
    """Repairs in one directory, each as it comes back from the list that it was kept on."""

    def __init__(self, data_dir: Path, repairs: Repairs) -> None:
        self._data_dir = data_dir
        self._repairs = repairs

    def all(self) -> int:
        """Mend what a check finds; how many repairs were done."""
        found = [fault.repair for fault in faults_of(self._data_dir)]
        return sum(self.one(repair) for repair in found if repair is not None)

    def one(self, repair: Repair) -> bool:
        return self._repairs.do(Repair.from_json(repair.to_json()))

    def moved(self) -> dict[str, bytes]:
        """Path below the quarantine's folder to content, but for the record."""
        folder = self._repairs.quarantine.folder
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "record.jsonl"
        }

    def recorded(self) -> list[dict[str, Any]]:
        lines = (self._repairs.quarantine.folder / "record.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def mending(store_dir: Path) -> Iterator[Mending]:
    with closing(Repairs(store_dir)) as repairs:
        yield Mending(store_dir, repairs)


def without(*keys: bytes) -> dict[bytes, bytes]:
    return {key: content for key, content in CONTENTS.items() if key not in keys}


def test_a_lost_object_leaves_the_catalog_and_is_recorded(
    store_dir: Path, mending: Mending
) -> None:
    blob_of(store_dir, "large").unlink()
    assert mending.all() == 2
    assert faults_of(store_dir) == []
    assert contents(store_dir) == without(b"large", b"copy of large")
    first = mending.recorded()[0]
    assert first["table"] == "objects"
    assert bytes.fromhex(first["row"]["key"]) == b"copy of large"
    assert first["row"]["size"] == LARGE


def test_a_spoiled_object_keeps_what_is_left_of_it(store_dir: Path, mending: Mending) -> None:
    path = piece_of(store_dir)
    spoiled = b"!" * LARGE
    path.write_bytes(spoiled)
    assert mending.all() == 1
    assert faults_of(store_dir) == []
    assert contents(store_dir) == without(b"in parts")
    moved = mending.moved()
    assert moved.pop(str(path.relative_to(store_dir))) == spoiled
    assert list(moved.values()) == [CONTENTS[b"in parts"][LARGE:]], "the small part, inline"
    assert [one["table"] for one in mending.recorded()] == ["objects"] + ["object_blobs"] * 2


def test_a_file_stays_while_another_row_names_it(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    """The large object's own row is wrong; its copy is well."""
    change("UPDATE objects SET crc64 = 1 WHERE key = CAST('large' AS BLOB)")
    assert mending.all() == 1
    assert faults_of(store_dir) == []
    assert contents(store_dir) == without(b"large")
    assert mending.moved() == {}


def test_rows_of_no_bucket_go_with_their_bytes(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    files = {path.name for path in blob_files(store_dir)}
    change("DELETE FROM buckets")
    # The upload takes its parts along; the first of what shares a file leaves it to the last.
    assert mending.all() == len(CONTENTS) + 2
    assert faults_of(store_dir) == []
    moved = mending.moved()
    ((waiting,),) = rows(store_dir, "SELECT blob_id FROM garbage")
    assert {Path(path).name for path in moved if path.startswith("blobs/")} == files - {waiting}
    assert sorted(content for path, content in moved.items() if path.startswith("catalog/")) == (
        sorted([CONTENTS[b"small"], b"b" * 70, b"b" * 70])
    )
    for table in ("objects", "parts", "multipart_uploads", "inline_blobs", "bucket_usage"):
        assert rows(store_dir, f"SELECT * FROM {table}") == []


def test_parts_without_their_upload(store_dir: Path, mending: Mending, change: Change) -> None:
    change("DELETE FROM multipart_uploads")
    assert mending.all() == 3
    assert faults_of(store_dir) == []
    assert contents(store_dir) == CONTENTS


def test_lists_and_bytes_that_no_row_names(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    change("DELETE FROM objects WHERE key IN (CAST('in parts' AS BLOB), CAST('small' AS BLOB))")
    assert mending.all() == 3
    assert faults_of(store_dir) == []
    assert len(mending.moved()) == 3


def test_files_are_moved_and_counters_counted(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    folder = blob_files(store_dir)[0].parent
    orphan = folder / BlobIds(folder.name).file().replace("-", "-ffff")
    orphan.write_bytes(b"xyz")
    change("UPDATE bucket_usage SET objects = 0, bytes = 0")
    change("INSERT INTO garbage VALUES (:id, 0)", id=blob_of(store_dir, "large").name)
    assert mending.all() == 3
    assert faults_of(store_dir) == []
    assert mending.moved() == {f"blobs/{folder.name}/{orphan.name}": b"xyz"}
    assert contents(store_dir) == CONTENTS


def test_what_is_no_longer_as_it_was_found_stays(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    blob_of(store_dir, "large").unlink()
    lost = [fault.repair for fault in faults_of(store_dir) if fault.kind is FaultKind.LOST]
    change("UPDATE objects SET blob_id = NULL")
    assert [mending.one(repair) for repair in lost if repair is not None] == [False] * 2
    needed = piece_of(store_dir)
    for repair in (
        Repair(RepairKind.MOVE_FILE, (str(needed.relative_to(store_dir)),)),
        Repair(RepairKind.MOVE_FILE, ("blobs/gone",)),
        Repair(RepairKind.KEEP_BLOB, ("f0",)),
    ):
        assert not mending.one(repair)
    assert needed.exists()
    assert not (store_dir / "quarantine").exists()
