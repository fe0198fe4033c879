from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.data_dir import make_data_dir

_synced: list[Path] = []


class Recording(Durability):
    """Remembers which folders are forced to the disk."""

    def sync_folder(self, descriptor: int) -> None:
        super().sync_folder(descriptor)
        _synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())


@pytest.fixture
def synced() -> list[Path]:
    _synced.clear()
    return _synced


def test_the_name_of_each_folder_that_is_made_is_synced(tmp_path: Path, synced: list[Path]) -> None:
    make_data_dir(tmp_path / "very" / "deep" / "data", Recording())
    assert synced == [tmp_path, tmp_path / "very", tmp_path / "very" / "deep"]
    assert stat.S_IMODE((tmp_path / "very" / "deep" / "data").stat().st_mode) == 0o700


def test_of_a_directory_that_is_there_nothing_is_synced(tmp_path: Path, synced: list[Path]) -> None:
    make_data_dir(tmp_path, Recording())
    assert synced == []


def test_a_relative_one(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_data_dir(Path("data"), Recording())
    assert synced == [tmp_path]


def test_what_is_no_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_data_dir(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        make_data_dir(tmp_path / "file" / "data")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        make_data_dir(tmp_path / "link")
