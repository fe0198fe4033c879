"""The comparison of uploads in parts sees what it is there to see: each kind of flaw, by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from pillarbox.storage.layout import Layout
from tests.crash import comparison
from tests.crash.comparison import compare
from tests.crash.ledger import Attempt, Content, Ledger
from tests.crash.parted import PartedUpload, SentPart, bucket_of
from tests.crash.parted_comparison import compare_parted
from tests.crash.serving import DoomedServer

LARGE = bytes(range(256)) * 1024
SMALL = b"small"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoomedServer]:
    with DoomedServer(tmp_path_factory.mktemp("parted") / "data") as server:
        yield server


@pytest.fixture(autouse=True)
def no_waiting_for_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are taken away by hand here, so orphans of the living worker stay."""
    monkeypatch.setattr(comparison, "SWEEP_SECONDS", 0.0)


@pytest.fixture
def upload(server: DoomedServer, request: pytest.FixtureRequest) -> PartedUpload:
    """Two parts, acknowledged."""
    bucket = bucket_of(server)
    key = str(request.node.name)
    upload = PartedUpload(key, bucket.init_multipart_upload(key).upload_id)
    for number, data in ((1, LARGE), (5, SMALL)):
        bucket.upload_part(key, upload.id, number, data)
        upload.parts[number] = [SentPart(data, is_acknowledged=True)]
    return upload


def change(server: DoomedServer, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(Layout(server.data_dir).catalog)) as catalog, catalog:
        catalog.execute(statement, values)


def test_what_is_there_is_completed_and_read(server: DoomedServer, upload: PartedUpload) -> None:
    ledger = Ledger()
    assert list(compare_parted(server, ledger, [upload])) == []
    assert bucket_of(server).get_object(upload.key).read() == LARGE + SMALL
    expected = ledger.expectations()[upload.key]
    assert expected.contents == (Content.of(LARGE + SMALL),)
    assert not expected.may_be_absent


def test_a_lost_part_is_a_loss(server: DoomedServer, upload: PartedUpload) -> None:
    change(server, "DELETE FROM parts WHERE upload_id = ? AND number = 1", upload.id)
    (flaw,) = compare_parted(server, Ledger(), [upload])
    assert flaw.is_loss
    assert str(flaw).startswith("part 1 of")


def test_a_part_that_was_not_answered_may_be_there_or_not(
    server: DoomedServer, upload: PartedUpload
) -> None:
    upload.parts[5].append(SentPart(b"never arrived"))
    upload.parts[7] = [SentPart(b"neither did this")]
    assert list(compare_parted(server, Ledger(), [upload])) == []


def test_a_part_that_nobody_sent_is_a_flaw(server: DoomedServer, upload: PartedUpload) -> None:
    del upload.parts[5]
    (flaw,) = compare_parted(server, Ledger(), [upload])
    assert "part 5" in str(flaw)
    assert "never sent" in str(flaw)


def test_an_upload_that_is_gone_is_a_loss(server: DoomedServer, upload: PartedUpload) -> None:
    bucket_of(server).abort_multipart_upload(upload.key, upload.id)
    (flaw,) = compare_parted(server, Ledger(), [upload])
    assert flaw.is_loss


def test_one_that_is_gone_without_its_object_is_a_loss(
    server: DoomedServer, upload: PartedUpload
) -> None:
    bucket_of(server).abort_multipart_upload(upload.key, upload.id)
    ledger = Ledger()
    upload.completion = Attempt(upload.key, Content.of(LARGE + SMALL))
    ledger.begin(upload.completion)
    assert list(compare_parted(server, ledger, [upload])) == []
    flaws = compare(server, server.data_dir, ledger)
    assert any(flaw.is_loss and f"{upload.key} is gone" in str(flaw) for flaw in flaws)


def test_one_that_outlives_its_end_is_a_flaw(server: DoomedServer, upload: PartedUpload) -> None:
    upload.is_ended = True
    (flaw,) = compare_parted(server, Ledger(), [upload])
    assert "after its end" in str(flaw)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO object_blobs VALUES ('c0-1', 0, 'i0-1', 1)",
        "INSERT INTO parts VALUES ('none', 1, NULL, 0, x'', 0, 0, NULL)",
        "INSERT INTO inline_blobs VALUES ('i0-2', x'00')",
    ],
)
def test_rows_that_nobody_names_are_a_flaw(server: DoomedServer, statement: str) -> None:
    change(server, statement)
    flaws = compare(server, server.data_dir, Ledger())
    for table in ("object_blobs", "parts", "inline_blobs"):
        if table in statement:
            change(server, f"DELETE FROM {table}")
    assert any("a row is an orphan" in str(flaw) for flaw in flaws)
