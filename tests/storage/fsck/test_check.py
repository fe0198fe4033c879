"""Each kind of fault, made by hand in a store that is well without it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.blobs.run_folder import RunFolder
from pillarbox.storage.fsck import loose_files
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.fsck.fault import Fault, FaultKind, RepairKind
from pillarbox.storage.layout import Layout
from tests.storage.filled import CONTENTS
from tests.storage.fsck.conftest import Change, faults_of
from tests.storage.stores import LARGE, blob_files, opened, put, rows
from tests.storage.test_multipart import reaped


def blob_of(data_dir: Path, key: str) -> Path:
    ((blob_id,),) = rows(data_dir, f"SELECT blob_id FROM objects WHERE key = CAST('{key}' AS BLOB)")
    (path,) = [path for path in blob_files(data_dir) if path.name == blob_id]
    return path


def piece_of(data_dir: Path) -> Path:
    ((blob_id,),) = rows(data_dir, "SELECT blob_id FROM object_blobs WHERE position = 0")
    (path,) = [path for path in blob_files(data_dir) if path.name == blob_id]
    return path


def only(faults: list[Fault]) -> Fault:
    (fault,) = faults
    return fault


def test_a_store_that_is_well(store_dir: Path) -> None:
    with closing(Check(store_dir)) as check:
        assert list(check.faults()) == []
        assert check.checked.objects == len(CONTENTS)
        assert check.checked.parts == 2
        # The copy's bytes are those of the large object, read once.
        unfinished = LARGE + 70
        assert check.pace.moved == sum(map(len, CONTENTS.values())) - LARGE + unfinished


def test_a_lost_file_is_told_of_each_object_that_has_it(store_dir: Path) -> None:
    path = blob_of(store_dir, "large")
    path.unlink()
    faults = faults_of(store_dir)
    assert [(fault.kind, fault.where) for fault in faults] == [
        (FaultKind.LOST, 'photos/"copy of large"'),
        (FaultKind.LOST, 'photos/"large"'),
    ]
    assert faults[1].expected == f"{LARGE} bytes in {path.relative_to(store_dir)}"
    assert faults[1].found == "no such file"
    assert "take it from a backup" in faults[1].line()
    assert faults == faults_of(store_dir, with_crc=False)


def test_a_file_cut_short(store_dir: Path) -> None:
    with blob_of(store_dir, "näme\n").open("r+b") as file:
        file.truncate(5)
    fault = only(faults_of(store_dir, with_crc=False))
    assert (fault.kind, fault.where) == (FaultKind.SIZE, 'photos/"näme\\n"')
    assert fault.found == "5 bytes"
    assert "\n" not in fault.line()


def test_a_flipped_bit(store_dir: Path) -> None:
    with blob_of(store_dir, "näme\n").open("r+b") as file:
        file.write(b"S")
    fault = only(faults_of(store_dir))
    assert (fault.kind, fault.where) == (FaultKind.CRC, 'photos/"näme\\n"')
    assert faults_of(store_dir, with_crc=False) == []


def test_a_piece_of_an_object_in_parts(store_dir: Path) -> None:
    path = piece_of(store_dir)
    with path.open("r+b") as file:
        file.seek(10)
        file.write(b"!")
    assert [(one.kind, one.where) for one in faults_of(store_dir)] == [
        (FaultKind.CRC, 'photos/"in parts"')
    ]
    path.unlink()
    fault = only(faults_of(store_dir))
    assert fault.kind is FaultKind.LOST
    assert fault.expected.endswith("as blob 1 of 2")


def test_a_list_that_is_too_short(store_dir: Path, change: Change) -> None:
    change("DELETE FROM object_blobs WHERE position = 1")
    kinds = {fault.kind for fault in faults_of(store_dir)}
    assert kinds == {FaultKind.SIZE, FaultKind.ORPHAN_BYTES}
    change("DELETE FROM object_blobs")
    kinds = {fault.kind for fault in faults_of(store_dir)}
    assert kinds == {FaultKind.LOST, FaultKind.ORPHAN_BYTES, FaultKind.ORPHAN_FILE}


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE inline_blobs SET bytes = X'00' WHERE length(bytes) = 1000", FaultKind.SIZE),
        (
            "UPDATE inline_blobs SET bytes = zeroblob(1000) WHERE length(bytes) = 1000",
            FaultKind.CRC,
        ),
        ("DELETE FROM inline_blobs WHERE length(bytes) = 1000", FaultKind.LOST),
    ],
)
def test_bytes_in_the_catalog(
    store_dir: Path, change: Change, statement: str, kind: FaultKind
) -> None:
    change(statement)
    fault = only(faults_of(store_dir))
    assert (fault.kind, fault.where) == (kind, 'photos/"small"')


def test_parts_of_an_unfinished_upload(store_dir: Path, change: Change) -> None:
    ((blob_id,),) = rows(store_dir, "SELECT blob_id FROM parts WHERE number = 1")
    (path,) = [path for path in blob_files(store_dir) if path.name == blob_id]
    path.write_bytes(b"z" * LARGE)
    fault = only(faults_of(store_dir))
    assert fault.kind is FaultKind.CRC
    assert fault.where.startswith('photos/"unfinished" part 1 of upload ')
    change("DELETE FROM multipart_uploads")
    homeless = faults_of(store_dir)
    assert {fault.kind for fault in homeless} == {FaultKind.NO_UPLOAD, FaultKind.COUNTERS}


def test_rows_of_no_bucket(store_dir: Path, change: Change) -> None:
    change("DELETE FROM buckets")
    faults = faults_of(store_dir)
    assert {fault.kind for fault in faults} == {FaultKind.NO_BUCKET}
    # Each object, the upload, the counters.
    assert len(faults) == len(CONTENTS) + 2
    assert {fault.repair.kind for fault in faults if fault.repair} == {RepairKind.MOVE_ROW}


def test_wrong_counters(store_dir: Path, change: Change) -> None:
    change("UPDATE bucket_usage SET objects = objects + 2, part_bytes = 0")
    fault = only(faults_of(store_dir))
    assert (fault.kind, fault.where) == (FaultKind.COUNTERS, "photos")
    assert fault.expected.startswith(f"counters of {len(CONTENTS)} objects")
    assert fault.found.startswith(f"{len(CONTENTS) + 2} objects")


def test_what_the_reaper_would_take_though_it_is_needed(store_dir: Path, change: Change) -> None:
    path = blob_of(store_dir, "large")
    change("INSERT INTO garbage VALUES (:id, 0)", id=path.name)
    fault = only(faults_of(store_dir))
    assert (fault.kind, fault.where) == (FaultKind.DOOMED, f"blob {path.name}")


def test_files_that_no_row_names(store_dir: Path) -> None:
    folder = blob_files(store_dir)[0].parent
    orphan = folder / BlobIds(folder.name).file().replace("-", "-ffff")
    orphan.write_bytes(b"xyz")
    (folder / ".left").touch()
    (folder / "strange").touch()
    (folder.parent / "stranger").mkdir()
    (store_dir / "store-key.new").touch()
    found = {(fault.kind, fault.where) for fault in faults_of(store_dir)}
    here = f"blobs/{folder.name}"
    assert found == {
        (FaultKind.ORPHAN_FILE, f"{here}/{orphan.name}"),
        (FaultKind.TEMPORARY, f"{here}/.left"),
        (FaultKind.FOREIGN, f"{here}/strange"),
        (FaultKind.FOREIGN, "blobs/stranger"),
        (FaultKind.TEMPORARY, "store-key.new"),
    }
    assert (folder / ".left").exists(), "a check takes nothing away"


def test_a_running_worker_may_be_about_to_name_its_files(store_dir: Path) -> None:
    folder = RunFolder.create(Layout(store_dir))
    (folder.path / BlobIds(folder.run).file()).write_bytes(b"x")
    (folder.path / ".unfinished").touch()
    assert faults_of(store_dir) == []
    folder.close()
    assert len(faults_of(store_dir)) == 2


def test_what_the_reaper_takes_meanwhile_is_no_fault(
    store_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and row are gone between the look into the folder and the one into the catalog."""
    is_named = loose_files.is_named
    gone: list[int] = []

    def late(*arguments: Any) -> set[str]:
        gone.append(reaped(store_dir))
        return is_named(*arguments)

    monkeypatch.setattr(loose_files, "is_named", late)
    assert faults_of(store_dir) == []
    assert gone == [1]


def test_lists_that_no_row_names(store_dir: Path, change: Change) -> None:
    change("DELETE FROM objects WHERE key = CAST('in parts' AS BLOB)")
    kinds = {fault.kind for fault in faults_of(store_dir)}
    assert kinds == {FaultKind.ORPHAN_LIST, FaultKind.COUNTERS}


def test_a_damaged_catalog(store_dir: Path) -> None:
    path = Layout(store_dir).catalog
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    faults = faults_of(store_dir)
    assert {fault.kind for fault in faults} == {FaultKind.CATALOG}
    assert "restore a backup" in faults[0].line()


def test_a_disk_that_is_not_there_is_one_fault(store_dir: Path) -> None:
    (store_dir / "blobs").rename(store_dir / "elsewhere")
    fault = only(faults_of(store_dir))
    assert (fault.kind, fault.where, fault.repair) == (FaultKind.LOST, "blobs", None)


def test_another_version(store_dir: Path, change: Change) -> None:
    change("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ValueError, match="of another version"):
        faults_of(store_dir)


def test_what_is_replaced_meanwhile_is_no_fault(store_dir: Path) -> None:
    """All rows are read by then, and what they named is gone before it is looked at."""

    async def replace() -> None:
        async with opened(store_dir) as (store, bucket):
            await put(store, bucket, "näme\n".encode(), b"third" * 50_000)
            await put(store, bucket, b"small", b"other")
            await store.delete_object(bucket, b"in parts")

    def meanwhile(_: int) -> None:
        if not done:
            done.append(True)
            asyncio.run(replace())
            reaped(store_dir)

    done: list[bool] = []
    with closing(Check(store_dir, told=meanwhile)) as check:
        assert list(check.faults()) == []
    assert done
