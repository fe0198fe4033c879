"""The comparison sees what it is there to see: each kind of flaw, made by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import oss2
import pytest

from pillarbox.storage.blobs.blob_id import new_run
from pillarbox.storage.layout import Layout
from tests.crash import comparison
from tests.crash.comparison import compare, compare_blobs_to_objects
from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.serving import BUCKET, DoomedServer

LARGE = bytes(range(256)) * 1024


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data_dir: Path) -> Iterator[DoomedServer]:
    with DoomedServer(data_dir) as server:
        yield server


def put(server: DoomedServer, key: str, data: bytes) -> None:
    auth = oss2.Auth(server.access_key.id, server.access_key.secret)
    oss2.Bucket(auth, server.base_url, BUCKET).put_object(key, data)


def ledger_of(key: str, data: bytes, outcome: Outcome) -> Ledger:
    ledger = Ledger()
    attempt = Attempt(key, Content.of(data))
    ledger.begin(attempt)
    ledger.end(attempt, outcome)
    return ledger


def test_what_is_as_it_should_be_has_no_flaw(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", LARGE)
    ledger = ledger_of("key", LARGE, Outcome.ACKNOWLEDGED)
    assert compare(server, data_dir, ledger) == []
    assert list(compare_blobs_to_objects(data_dir)) == []


def test_a_lost_object_is_a_loss(server: DoomedServer, data_dir: Path) -> None:
    (flaw,) = compare(server, data_dir, ledger_of("key", b"a", Outcome.ACKNOWLEDGED))
    assert flaw.is_loss
    assert "key is gone" in str(flaw)


def test_other_bytes_are_a_loss(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", b"b")
    (flaw,) = compare(server, data_dir, ledger_of("key", b"a", Outcome.ACKNOWLEDGED))
    assert flaw.is_loss


def test_a_refused_upload_that_is_there_is_a_flaw(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", b"a")
    (flaw,) = compare(server, data_dir, ledger_of("key", b"a", Outcome.REFUSED))
    assert not flaw.is_loss
    assert "not nothing" in str(flaw)


def test_counters_that_drifted_are_a_flaw(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", LARGE)
    with closing(sqlite3.connect(Layout(data_dir).catalog)) as catalog, catalog:
        catalog.execute("UPDATE bucket_usage SET part_bytes = part_bytes + 1")
    (flaw,) = compare(server, data_dir, ledger_of("key", LARGE, Outcome.ACKNOWLEDGED))
    assert "too high by [0, 0, 1]" in str(flaw)


def test_an_object_that_nobody_sent_is_a_flaw(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", b"a")
    (flaw,) = compare(server, data_dir, Ledger())
    assert "never sent" in str(flaw)


def test_a_file_cut_short_is_a_loss(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", LARGE)
    (file,) = Layout(data_dir).blobs.glob("*/f*")
    with open(file, "r+b") as blob:
        blob.truncate(1000)
    flaws = compare(server, data_dir, ledger_of("key", LARGE, Outcome.ACKNOWLEDGED))
    assert any(flaw.is_loss for flaw in flaws)


def test_a_file_that_is_gone_is_a_loss(server: DoomedServer, data_dir: Path) -> None:
    put(server, "key", LARGE)
    (file,) = Layout(data_dir).blobs.glob("*/f*")
    file.unlink()
    (flaw,) = compare_blobs_to_objects(data_dir)
    assert flaw.is_loss
    assert file.name in str(flaw)


def test_an_orphan_that_stays_is_a_flaw(
    server: DoomedServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "SWEEP_SECONDS", 0.0)
    # In the folder of the living worker, which the sweep leaves alone.
    (folder,) = Layout(data_dir).blobs.iterdir()
    (folder / f"f{new_run()}-1").write_bytes(LARGE)
    (flaw,) = compare(server, data_dir, Ledger())
    assert "orphan" in str(flaw)
