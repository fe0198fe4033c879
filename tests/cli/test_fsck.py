"""`pillarbox fsck`: what it prints, its exit status, and what it agrees to mend."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.server.directory_lock import DirectoryLock
from tests.cli.here import CommandLine
from tests.storage.filled import CONTENTS, contents, filled
from tests.storage.stores import LARGE, blob_files, rows


@pytest.fixture
def store_dir(prepared: Path) -> Path:
    """Of `line`, filled."""
    filled(prepared)
    return prepared


def lose_a_file(store_dir: Path) -> None:
    named = "SELECT blob_id FROM objects WHERE key = CAST('large' AS BLOB)"
    ((blob_id,),) = rows(store_dir, named)
    for path in blob_files(store_dir):
        if path.name == blob_id:
            path.unlink()


def miscount(store_dir: Path) -> None:
    with closing(sqlite3.connect(store_dir / "catalog.sqlite3")) as connection, connection:
        connection.execute("UPDATE bucket_usage SET bytes = 1")


def test_all_is_well(line: CommandLine, store_dir: Path) -> None:
    size = sum(map(len, CONTENTS.values())) + 70
    seen = f"{len(CONTENTS)} objects and 2 parts of unfinished uploads"
    assert line.done("fsck") == f"All is well: {seen}, {size} bytes read\n"
    assert line.done("fsck", "--quick", "--rate", "none") == f"All is well: {seen}, 0 bytes read\n"


def test_faults(line: CommandLine, store_dir: Path) -> None:
    lose_a_file(store_dir)
    miscount(store_dir)
    ended = line.run("fsck")
    assert (ended.exit_code, ended.stderr) == (1, "")
    lost = ended.stdout.splitlines()[1]
    assert lost.startswith(f'lost-blob  photos/"large": expected {LARGE} bytes in blobs/')
    assert lost.endswith("--repair --drop-lost takes it out of the catalog")
    last = ended.stdout.splitlines()[-1]
    assert last.startswith("3 faults (2 lost-blob, 1 wrong-counters) in 6 objects and 2 parts")

    ended = line.run("fsck", "--json")
    assert ended.exit_code == 1
    *faults, summary = map(json.loads, ended.stdout.splitlines())
    assert [fault["repair"] for fault in faults] == ["drop-lost", "drop-lost", "recount"]
    assert set(faults[0]) == {"fault", "where", "expected", "found", "mend", "repair"}
    assert summary["faults"] == {"lost-blob": 2, "wrong-counters": 1}
    assert summary["objects"] == len(CONTENTS)


@pytest.mark.parametrize("start", [0, 4096])
def test_a_damaged_catalog_is_a_fault(line: CommandLine, store_dir: Path, start: int) -> None:
    catalog = store_dir / "catalog.sqlite3"
    content = catalog.read_bytes()
    catalog.write_bytes(content[:start] + b"\xff" * (len(content) - start))
    ended = line.run("fsck")
    assert ended.exit_code == 1, ended.stderr
    assert ended.stdout.startswith("damaged-catalog  catalog.sqlite3: expected a catalog that ")


def test_nothing_is_mended_unasked(line: CommandLine, store_dir: Path) -> None:
    miscount(store_dir)
    ended = line.run("fsck", "--repair")
    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == [
        "1 times: set the counters to what is there",
        "pillarbox fsck: nothing was mended: agree to it by --yes",
    ]
    assert line.run("fsck").exit_code == 1


def test_repairs(line: CommandLine, store_dir: Path) -> None:
    lose_a_file(store_dir)
    miscount(store_dir)
    ended = line.run("fsck", "--repair", "--yes")
    assert ended.exit_code == 1, "the lost ones are left"
    assert "1 of 1 repairs done" in ended.stderr
    ended = line.run("fsck", "--repair", "--drop-lost", "--yes")
    assert ended.exit_code == 0
    assert "2 of 2 repairs done; what was moved is in " in ended.stderr
    line.done("fsck")
    assert set(CONTENTS) - set(contents(store_dir)) == {b"large", b"copy of large"}
    line.done("fsck", "--repair")


def test_beside_a_server_only_what_is_safe_is_mended(line: CommandLine, store_dir: Path) -> None:
    lose_a_file(store_dir)
    miscount(store_dir)
    lock = DirectoryLock(store_dir)
    lock.write_holder("127.0.0.1:9000")
    try:
        ended = line.run("fsck", "--repair", "--drop-lost", "--yes")
    finally:
        lock.release()
    assert ended.exit_code == 1
    assert "at 127.0.0.1:9000" in ended.stderr
    assert "1 of 1 repairs done\n" in ended.stderr
    ended = line.run("fsck")
    assert "2 faults (2 lost-blob)" in ended.stdout


def test_mistakes_and_hindrances_are_one_line_and_status_2(
    line: CommandLine, prepared: Path
) -> None:
    assert "--drop-lost and --yes are for --repair" in line.mistake("fsck", "--yes")
    assert "a rate of '0' reads nothing" in line.mistake("fsck", "--rate", "0")
    assert "is no size" in line.mistake("fsck", "--rate", "fast")
    with closing(sqlite3.connect(prepared / "catalog.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "its catalog is of another version" in line.mistake("fsck")
    nowhere = CommandLine(prepared / "nowhere")
    assert "holds no store" in nowhere.mistake("fsck")
    assert "holds no store" in nowhere.mistake("fsck", "--repair")
    assert not (prepared / "nowhere").exists()
    catalog = prepared / "catalog.sqlite3"
    catalog.unlink()
    catalog.mkdir()
    assert "holds no store" in line.mistake("fsck")
