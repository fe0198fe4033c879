"""Checks and repairs of a store that keeps versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.storage.fsck.fault import FaultKind, RepairKind
from pillarbox.storage.fsck.repairs import Repairs
from tests.storage.filled_versions import VERSIONS, contents_of_versions, filled_with_versions
from tests.storage.fsck.conftest import Change, faults_of
from tests.storage.fsck.test_repairs import Mending
from tests.storage.stores import blob_files, rows

OF_MANY = "key = CAST('many' AS BLOB)"


@pytest.fixture
def store_dir(data_dir: Path) -> Path:
    """A data directory with versions that nobody serves."""
    filled_with_versions(data_dir)
    return data_dir


@pytest.fixture
def mending(store_dir: Path) -> Iterator[Mending]:
    with closing(Repairs(store_dir)) as repairs:
        yield Mending(store_dir, repairs)


def file_of(data_dir: Path, condition: str) -> Path:
    """Of a noncurrent version."""
    ((blob_id,),) = rows(data_dir, f"SELECT blob_id FROM noncurrent_versions WHERE {condition}")
    (path,) = [path for path in blob_files(data_dir) if path.name == blob_id]
    return path


def with_many(*contents: bytes | None) -> dict[bytes, list[bytes | None]]:
    return VERSIONS | {b"many": list(contents)}


def test_a_store_that_is_well(store_dir: Path) -> None:
    assert contents_of_versions(store_dir) == VERSIONS
    assert faults_of(store_dir) == []


def test_a_key_without_a_current_version_gets_the_youngest(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    change(
        f"DELETE FROM inline_blobs WHERE blob_id = (SELECT blob_id FROM objects WHERE {OF_MANY})"
    )
    change(f"DELETE FROM objects WHERE {OF_MANY}")
    change("UPDATE bucket_usage SET objects = objects - 1, bytes = bytes - 10")
    (fault,) = faults_of(store_dir)
    assert (fault.kind, fault.where) == (FaultKind.NO_CURRENT, 'photos/"many"')
    assert fault.repair is not None
    assert fault.repair.kind is RepairKind.PROMOTE
    assert fault.repair.kind.is_safe_beside_servers
    assert mending.all() == 1
    assert not mending.one(fault.repair), "it has one by now"
    assert faults_of(store_dir) == []
    assert contents_of_versions(store_dir) == with_many(*VERSIONS[b"many"][1:])
    change(f"DELETE FROM objects WHERE {OF_MANY}")
    change(f"DELETE FROM noncurrent_versions WHERE {OF_MANY}")
    assert not mending.one(fault.repair), "nor is another left"


def test_a_lost_former_version(store_dir: Path, mending: Mending) -> None:
    path = file_of(store_dir, f"{OF_MANY} AND sequence = 1")
    ((name,),) = rows(
        store_dir, f"SELECT version_id FROM noncurrent_versions WHERE {OF_MANY} AND sequence = 1"
    )
    path.unlink()
    (fault,) = faults_of(store_dir)
    assert (fault.kind, fault.where) == (FaultKind.LOST, f'photos/"many" version {name}')
    assert mending.all() == 1
    assert faults_of(store_dir) == [], "nor are its counters wrong"
    assert contents_of_versions(store_dir) == with_many(*VERSIONS[b"many"][:-1])
    assert [one["table"] for one in mending.recorded()] == ["noncurrent_versions"]


def test_a_lost_null_version(store_dir: Path) -> None:
    file_of(store_dir, "version_id IS NULL").write_bytes(b"?")
    (fault,) = faults_of(store_dir)
    assert (fault.kind, fault.where) == (
        FaultKind.SIZE,
        'photos/"null among others" version null',
    )


def test_where_the_current_version_is_lost_the_next_takes_its_place(
    store_dir: Path, mending: Mending, change: Change
) -> None:
    change("DELETE FROM inline_blobs WHERE length(bytes) = 10")
    assert mending.all() == 1
    assert faults_of(store_dir) == []
    assert contents_of_versions(store_dir) == with_many(*VERSIONS[b"many"][1:])


def test_several_that_are_lost(store_dir: Path, mending: Mending, change: Change) -> None:
    """The second is current when its turn comes."""
    change("DELETE FROM inline_blobs WHERE length(bytes) = 10")
    file_of(store_dir, f"{OF_MANY} AND sequence = 4").unlink()
    assert mending.all() == 2
    assert faults_of(store_dir) == []
    assert contents_of_versions(store_dir) == with_many(*VERSIONS[b"many"][2:])


def test_versions_of_no_bucket(store_dir: Path, mending: Mending, change: Change) -> None:
    change("DELETE FROM buckets")
    faults = faults_of(store_dir)
    assert {fault.kind for fault in faults} == {FaultKind.NO_BUCKET}
    count = sum(map(len, VERSIONS.values()))
    assert len(faults) == count + 1, "all versions, markers too, and the counters"
    assert mending.all() == count + 1
    assert faults_of(store_dir) == []
    for table in ("objects", "noncurrent_versions", "inline_blobs", "object_blobs"):
        assert rows(store_dir, f"SELECT * FROM {table}") == []
