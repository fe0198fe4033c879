"""A folder of lines: bounded in bytes and days, whatever a crash left in it."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pillarbox.storage.journal import MAX_DAYS, Journal, read_lines

DAY = 86400.0


def lines_in(folder: Path) -> list[bytes]:
    return [line for line in read_lines(folder) if line]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def aged(path: Path, days: float) -> None:
    """Make a segment one that was last written so many days ago."""
    moment = time.time() - days * DAY
    os.utime(path, (moment, moment))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def test_what_is_written_can_be_read(folder: Path) -> None:
    assert lines_in(folder) == []
    journal = Journal(folder)
    journal.expire()
    assert not folder.exists()
    journal.append(b"one\ntwo\n")
    journal.append(b"three\n")
    Journal(folder).append(b"four\n")
    assert lines_in(folder) == [b"one", b"two", b"three", b"four"]
    assert names_in(folder) == ["00000001.jsonl"]


def test_it_is_for_the_owner_alone(folder: Path) -> None:
    Journal(folder).append(b"one\n")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "00000001.jsonl").stat().st_mode & 0o777 == 0o600


def test_it_is_bounded_in_bytes(folder: Path) -> None:
    journal = Journal(folder, max_size=1000, segment_size=100)
    for number in range(200):
        journal.append(b"%029d\n" % number)
        assert sum(path.stat().st_size for path in folder.iterdir()) <= 1000
    kept = sorted(map(int, lines_in(folder)))
    assert kept == list(range(200 - len(kept), 200))
    assert len(kept) > 20
    # The youngest segment is read first.
    assert int(lines_in(folder)[0]) >= 195


def test_lines_that_are_longer_than_a_segment(folder: Path) -> None:
    journal = Journal(folder, max_size=100, segment_size=10)
    journal.append(b"x" * 50 + b"\n")
    journal.append(b"y" * 50 + b"\n")
    assert lines_in(folder) == [b"y" * 50]


def test_it_is_bounded_in_days(folder: Path) -> None:
    journal = Journal(folder, segment_size=10)
    for number in range(4):
        journal.append(b"%08d\n" % number)
    for name, days in zip(names_in(folder), (MAX_DAYS + 2, MAX_DAYS + 1, MAX_DAYS, 0), strict=True):
        aged(folder / name, days)
    journal.expire()
    assert lines_in(folder) == [b"00000003", b"00000002"]


def test_each_day_has_a_segment_of_its_own(folder: Path) -> None:
    journal = Journal(folder)
    journal.append(b"yesterday\n")
    aged(folder / "00000001.jsonl", 1)
    journal.append(b"today\n")
    assert names_in(folder) == ["00000001.jsonl", "00000002.jsonl"]


def test_a_torn_line_spoils_no_other(folder: Path) -> None:
    Journal(folder).append(b"whole\ntorn by a cr\n")
    path = folder / "00000001.jsonl"
    path.write_bytes(path.read_bytes()[:-4])
    Journal(folder).append(b"next\n")
    assert lines_in(folder) == [b"whole", b"torn by a", b"next"]


def test_other_files_are_let_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("a line\n")
    (folder / "99999999.jsonl").write_text("the last of eight digits\n")
    Journal(folder).append(b"one\n")
    Journal(folder, segment_size=1).append(b"two\n")
    Journal(folder, max_size=0).expire()
    assert names_in(folder) == ["notes.txt"]
    folder.joinpath("99999999.jsonl").write_text("a\n")
    Journal(folder, segment_size=1).append(b"b\n")
    assert names_in(folder) == ["100000000.jsonl", "99999999.jsonl", "notes.txt"]
    assert lines_in(folder) == [b"b", b"a"]


def test_a_segment_that_is_deleted_while_it_is_read(folder: Path) -> None:
    journal = Journal(folder, segment_size=1)
    journal.append(b"old\n")
    journal.append(b"young\n")
    lines = read_lines(folder)
    assert next(lines) == b"young"
    (folder / "00000001.jsonl").unlink()
    assert [line for line in lines if line] == []


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists"):
        Journal(tmp_path / "file").append(b"line\n")


def test_several_write_at_once_and_no_line_is_lost(folder: Path) -> None:
    def write(writer: int) -> None:
        journal = Journal(folder, max_size=10_000, segment_size=100)
        for number in range(100):
            journal.append(b"%d/%03d\n" % (writer, number))
            journal.expire()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert sorted(lines_in(folder)) == [b"%d/%03d" % (w, n) for w in range(4) for n in range(100)]


def test_several_delete_at_once(folder: Path) -> None:
    def write(writer: int) -> None:
        journal = Journal(folder, max_size=300, segment_size=10)
        for _ in range(100):
            journal.append(b"%d\n" % writer)
            journal.expire()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 300
