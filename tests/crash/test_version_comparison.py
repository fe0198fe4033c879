"""The comparison of versions sees what it is there to see: each kind of flaw, made by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from pillarbox.model.versioning import NULL_VERSION, Versioning
from pillarbox.storage.layout import Layout
from tests.crash import version_comparison
from tests.crash.ledger import Content
from tests.crash.parted import bucket_of
from tests.crash.serving import VERSIONED_BUCKET, DoomedServer
from tests.crash.version_comparison import compare_versions
from tests.crash.version_ledger import Removal, VersionLedger, Write
from tests.crash.versioned import keep_versions, set_versioning

LARGE = bytes(range(256)) * 1024

#: Selects a key's row of one of the tables.
OF_KEY = "WHERE key = CAST(? AS BLOB)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoomedServer]:
    with DoomedServer(tmp_path_factory.mktemp("versions") / "data") as server:
        yield server


class Key:
    """A key with a large version, a small one, the null version and a delete marker."""

    def __init__(self, server: DoomedServer, name: str) -> None:
        self.name = name
        self.ledger = VersionLedger()
        self._server = server
        self._bucket = bucket_of(server, VERSIONED_BUCKET)
        keep_versions(server, self.ledger)
        self.write(LARGE)
        self.write(b"small")
        self._switch(Versioning.SUSPENDED)
        self.write(b"null")
        self._switch(Versioning.ENABLED)
        self.ledger.begin(name, Write(None))
        self.ledger.end(name, self._bucket.delete_object(name).versionid)

    def flaws(self) -> list[str]:
        return [str(flaw) for flaw in compare_versions(self._server, self.ledger)]

    def write(self, data: bytes) -> None:
        self.ledger.begin(self.name, Write(Content.of(data)))
        self.ledger.end(self.name, self._bucket.put_object(self.name, data).versionid)

    def remove(self, version_id: str) -> None:
        self.ledger.begin(self.name, Removal(version_id))
        named = {"versionId": version_id}
        self.ledger.end(self.name, self._bucket.delete_object(self.name, params=named).versionid)

    def change(self, statement: str) -> None:
        """Of the catalog; `?` is the key."""
        with closing(sqlite3.connect(Layout(self._server.data_dir).catalog)) as catalog, catalog:
            assert catalog.execute(statement, [self.name] * statement.count("?")).rowcount > 0

    def end(self) -> None:
        with closing(sqlite3.connect(Layout(self._server.data_dir).catalog)) as catalog, catalog:
            for table in ("objects", "noncurrent_versions"):
                catalog.execute(f"DELETE FROM {table}")

    def _switch(self, mode: Versioning) -> None:
        self.ledger.begin_switch(mode)
        set_versioning(self._bucket, mode)
        self.ledger.end_switch(mode)


@pytest.fixture
def key(server: DoomedServer, request: pytest.FixtureRequest) -> Iterator[Key]:
    key = Key(server, f"load/{request.node.name}")
    yield key
    key.end()


def test_what_is_as_it_should_be_has_no_flaw(key: Key) -> None:
    assert key.flaws() == []
    assert len(key.ledger.stack(key.name)) == 4
    key.remove(NULL_VERSION)
    assert key.flaws() == []


def test_pages_may_end_within_a_key(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_comparison, "_PAGE", 3)
    assert key.flaws() == []


def test_a_lost_version(key: Key) -> None:
    key.change(f"DELETE FROM noncurrent_versions {OF_KEY} AND sequence = 2")
    (flaw,) = key.flaws()
    assert flaw.endswith("is gone")


def test_a_lost_current_version(key: Key) -> None:
    key.change(f"DELETE FROM objects {OF_KEY}")
    flaws = key.flaws()
    assert len(flaws) == 4, "a key without a current version shows no others"
    assert all(flaw.endswith("is gone") for flaw in flaws)


def test_a_version_that_came_back(key: Key) -> None:
    version = key.ledger.stack(key.name)[2]
    key.ledger.begin(key.name, Removal(str(version.id)))
    key.ledger.end(key.name, str(version.id))
    assert key.flaws() == [f"the version {version} of {key.name} came back"]


def test_other_bytes(key: Key) -> None:
    key.change("UPDATE inline_blobs SET bytes = CAST('SMALL' AS BLOB) WHERE length(bytes) = 5")
    (flaw,) = key.flaws()
    assert "can't be read" in flaw


def test_bytes_that_are_gone(key: Key, server: DoomedServer) -> None:
    for file in Layout(server.data_dir).blobs.glob("*/f*"):
        file.unlink()
    (flaw,) = key.flaws()
    assert "can't be read" in flaw


def test_another_current_version(key: Key) -> None:
    key.change(f"UPDATE noncurrent_versions SET sequence = -sequence {OF_KEY}")
    (flaw,) = key.flaws()
    assert flaw.startswith(f"the versions of {key.name} are")


def test_a_key_that_nobody_sent(key: Key) -> None:
    key.change(f"UPDATE objects SET key = CAST('other' AS BLOB) {OF_KEY}")
    assert "other has versions and was never sent" in key.flaws()


def test_versioning_that_is_not_what_was_acknowledged(key: Key, server: DoomedServer) -> None:
    set_versioning(bucket_of(server, VERSIONED_BUCKET), Versioning.SUSPENDED)
    (flaw,) = key.flaws()
    assert flaw.startswith("versioning is")
