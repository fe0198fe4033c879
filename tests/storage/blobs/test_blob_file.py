from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.storage.blobs import nameless
from pillarbox.storage.blobs.blob_file import BlobFile
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.blobs.run_folder import RunFolder
from pillarbox.storage.layout import Layout


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    layout = Layout(tmp_path)
    layout.blobs.mkdir()
    folder = RunFolder.create(layout)
    yield folder
    folder.close()


@pytest.fixture(params=["nameless", "temporary name"])
def way(request: pytest.FixtureRequest, folder: RunFolder) -> str:
    """Both ways to write a file that has no name yet."""
    assert folder.has_nameless_files
    folder.has_nameless_files = request.param == "nameless"
    return str(request.param)


def names(folder: RunFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()} - {"lock"}


def test_a_file_gets_its_name_when_it_is_whole(folder: RunFolder, way: str) -> None:
    file = BlobFile(folder, BlobIds(folder.run).file(), WHOLE)
    assert names(folder) == set()
    file.append([b"one ", bytearray(b"two "), memoryview(b"three")])
    file.append([b" four"])
    assert names(folder) == (set() if way == "nameless" else {f".{file.blob_id}"})
    file.seal()
    assert names(folder) == {file.blob_id}
    assert (folder.path / file.blob_id).read_bytes() == b"one two three four"
    assert (folder.path / file.blob_id).stat().st_mode & 0o777 == 0o600
    file.discard()
    file.discard()
    assert names(folder) == set()


def test_a_discarded_file_was_never_there(folder: RunFolder, way: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    file = BlobFile(folder, BlobIds(folder.run).file(), WHOLE)
    file.discard()
    file = BlobFile(folder, BlobIds(folder.run).file(), WHOLE)
    file.append([b"x"])
    file.discard()
    assert names(folder) == set()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_FLAGS", os.O_WRONLY | os.O_DIRECTORY),  # fails as on a file system without them: EISDIR
        ("_DESCRIPTORS", "/nowhere"),  # as where /proc is not mounted
    ],
)
def test_where_nameless_files_are_not_possible_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(nameless, name, value)
    layout = Layout(tmp_path)
    layout.blobs.mkdir()
    folder = RunFolder.create(layout)
    assert names(folder) == set()
    file = BlobFile(folder, BlobIds(folder.run).file(), WHOLE)
    file.append([b"x"])
    assert names(folder) == {f".{file.blob_id}"}
    file.seal()
    assert names(folder) == {file.blob_id}
    folder.close()


def test_what_one_write_leaves_over_is_written(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.writev
    monkeypatch.setattr(os, "writev", lambda fd, buffers: original(fd, [buffers[0][:3]]))
    file = BlobFile(folder, BlobIds(folder.run).file(), WHOLE)
    file.append([b"12345", b"678"])
    file.append([b"9"])
    file.seal()
    assert (folder.path / file.blob_id).read_bytes() == b"123456789"


def test_syncs_come_in_their_order(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data is forced to the disk before the name appears, and writeback begins early."""
    steps: list[str] = []

    class Watched(Durability):
        def sync_data(self, descriptor: int) -> None:
            assert names(folder) == set()
            steps.append("data")

        def start_writeback(self, descriptor: int, offset: int, length: int) -> None:
            steps.append(f"writeback {offset >> 20}+{length >> 20}")

    file = BlobFile(folder, BlobIds(folder.run).file(), Watched())
    for _ in range(40):
        file.append([b"x" * (1 << 20)])
    file.seal()
    assert steps == ["writeback 0+16", "writeback 16+16", "data"]
    assert names(folder) == {file.blob_id}
