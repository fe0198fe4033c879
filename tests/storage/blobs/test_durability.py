from __future__ import annotations

import os
from pathlib import Path

import pytest

from pillarbox.storage.blobs import durability
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.layout import Layout


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ("", WHOLE),
        ("no-fdatasync", Durability(data=False)),
        ("no-folder-fsync", Durability(folder=False)),
        (" no-catalog-sync ,no-fdatasync", Durability(data=False, catalog=False)),
    ],
)
def test_steps_can_be_left_out_by_name(switches: str, expected: Durability) -> None:
    assert Durability.without(switches) == expected
    assert expected.is_whole == (switches == "")


def test_an_unknown_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="'no-sync' is none of no-fdatasync, no-folder-fsync"):
        Durability.without("no-sync")


def test_only_the_crash_tests_variable_leaves_a_step_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILLARBOX_TEST_UNSAFE", raising=False)
    assert Durability.of_environment() == WHOLE
    monkeypatch.setenv("PILLARBOX_TEST_UNSAFE", "no-folder-fsync")
    assert Durability.of_environment() == Durability(folder=False)


@pytest.mark.parametrize("data", [True, False])
@pytest.mark.parametrize("folder", [True, False])
def test_a_switch_stops_its_own_step_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bool, folder: bool
) -> None:
    called: list[str] = []
    monkeypatch.setattr(durability, "_fdatasync", lambda _: called.append("data"))
    monkeypatch.setattr(
        durability, "_sync_file_range", lambda: lambda *_: called.append("writeback")
    )
    monkeypatch.setattr(os, "fsync", lambda _: called.append("folder"))
    chosen = Durability(data=data, folder=folder)
    chosen.start_writeback(1, 0, 1)
    chosen.sync_data(1)
    chosen.sync_folder(1)
    assert called == ["writeback", "data"] * data + ["folder"] * folder


def test_starting_writeback_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    with path.open("rb+") as file:
        WHOLE.start_writeback(file.fileno(), 0, 100_000)
        WHOLE.sync_data(file.fileno())
    assert path.read_bytes() == b"x" * 100_000


@pytest.mark.parametrize(("whole", "expected"), [(True, 2), (False, 0)])
def test_the_catalog_is_synced_fully_or_not_at_all(
    data_dir: Path, whole: bool, expected: int
) -> None:
    catalog = Catalog(Layout(data_dir), Durability(catalog=whole))
    with catalog.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == expected
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    catalog.close()
