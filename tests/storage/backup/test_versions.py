"""Backups of a store that keeps versions."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pillarbox.model.versioning import NamedVersion
from tests.storage.backup.conftest import backed_up, restored
from tests.storage.filled_versions import (
    VERSIONS,
    contents_of_versions,
    filled_with_versions,
    versions,
)
from tests.storage.fsck.conftest import faults_of
from tests.storage.stores import blob_files, opened, put


@pytest.fixture
def store_dir(data_dir: Path) -> Path:
    """A data directory with versions that nobody serves."""
    filled_with_versions(data_dir)
    return data_dir


def test_all_versions_come_back(store_dir: Path, target: Path, tmp_path: Path) -> None:
    assert backed_up(store_dir, target).lost == []
    again = tmp_path / "again"
    restored(target, again)
    assert faults_of(again) == []
    assert versions(again) == versions(store_dir)
    assert contents_of_versions(again) == VERSIONS


def test_a_second_one_follows_what_became_of_versions(
    store_dir: Path, target: Path, tmp_path: Path
) -> None:
    backed_up(store_dir, target)
    before = versions(store_dir)[b"many"]

    async def change() -> None:
        async with opened(store_dir) as (store, bucket):
            await put(store, bucket, b"many", b"7" * 300_000)
            (oldest, _) = before[-1]
            await store.delete_object(bucket, b"many", version=NamedVersion(oldest))

    asyncio.run(change())
    made = backed_up(store_dir, target)
    assert (made.lost, made.dropped) == ([], 1)
    restored(target, tmp_path / "again")
    assert versions(tmp_path / "again") == versions(store_dir)
    assert len(blob_files(tmp_path / "again")) == len(blob_files(target))


def test_a_restored_store_goes_on_with_its_versions(
    store_dir: Path, target: Path, tmp_path: Path
) -> None:
    backed_up(store_dir, target)
    again = tmp_path / "again"
    restored(target, again)

    async def change() -> str | None:
        async with opened(again) as (store, bucket):
            return (await put(store, bucket, b"many", b"6")).version_id

    made = asyncio.run(change())
    assert versions(again)[b"many"] == [(made, b"6"), *versions(store_dir)[b"many"]]
