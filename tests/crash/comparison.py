"""What a crash left, compared with what was acknowledged.

Everything is asked of the server that was started after the crash, as a client would, and then
of its directory: the catalog is sound, and the blob files are those that it knows.
"""

from __future__ import annotations

import http.client
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import oss2

from pillarbox.storage.layout import Layout
from tests.crash.flaw import Flaw
from tests.crash.ledger import Content, Ledger
from tests.crash.reading import UnreadableError, read
from tests.crash.serving import BUCKET, DoomedServer
from tests.storage.recount import miscounts

#: The sweep runs in the background; what it has not done by then it never does.
SWEEP_SECONDS = 60.0

#: Whatever may name a blob file; `garbage` names what the reaper deletes after its grace.
_REFERENCES = """
    SELECT blob_id FROM objects WHERE blob_id IS NOT NULL
    UNION SELECT blob_id FROM noncurrent_versions WHERE blob_id IS NOT NULL
    UNION SELECT blob_id FROM object_blobs
    UNION SELECT blob_id FROM parts WHERE blob_id IS NOT NULL
"""
_ORPHANED_ROWS = (
    "SELECT upload_id FROM parts WHERE upload_id NOT IN (SELECT id FROM multipart_uploads)",
    f"SELECT blob_id FROM inline_blobs WHERE blob_id NOT IN ({_REFERENCES})",
    """SELECT object_blob_id FROM object_blobs WHERE object_blob_id NOT IN (
        SELECT blob_id FROM objects WHERE blob_id IS NOT NULL
        UNION SELECT blob_id FROM noncurrent_versions WHERE blob_id IS NOT NULL
        UNION SELECT blob_id FROM garbage)""",
)
_WITH_GARBAGE = f"{_REFERENCES} UNION SELECT blob_id FROM garbage"


def compare(server: DoomedServer, data_dir: Path, ledger: Ledger) -> list[Flaw]:
    """All flaws; if there is none, the ledger takes what was found for settled."""
    found: dict[str, Content] = {}
    etags: dict[str, str] = {}
    flaws = [
        *_compare_objects(server, ledger, found, etags),
        *_compare_listing(server, ledger, found, etags),
        *_check_catalog(data_dir),
        *_check_rows(data_dir),
        *_check_blobs(data_dir),
    ]
    if not flaws:
        ledger.settle(found)
    return flaws


def _compare_objects(
    server: DoomedServer, ledger: Ledger, found: dict[str, Content], etags: dict[str, str]
) -> Iterator[Flaw]:
    """Read every object that was ever sent; what is there goes into `found` and `etags`."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        for key, expectation in ledger.expectations().items():
            try:
                reading = read(connection, f"/{BUCKET}/{key}")
            except UnreadableError as error:
                yield Flaw(f"{key} can't be read: {error}", is_loss=True)
                connection.close()
                continue
            content, etags[key] = reading.content, reading.etag
            if content is None:
                if not expectation.may_be_absent:
                    yield Flaw(f"{key} is gone", is_loss=True)
                continue
            found[key] = content
            if content not in expectation.contents:
                allowed = " or ".join(map(str, expectation.contents)) or "nothing"
                yield Flaw(
                    f"{key} is {content}, not {allowed}", is_loss=not expectation.may_be_absent
                )
    finally:
        connection.close()


def _compare_listing(
    server: DoomedServer, ledger: Ledger, found: dict[str, Content], etags: dict[str, str]
) -> Iterator[Flaw]:
    """The listing names what can be read, and nothing else."""
    auth = oss2.Auth(server.access_key.id, server.access_key.secret)
    bucket = oss2.Bucket(auth, server.base_url, BUCKET)
    listed = {
        one.key: (one.size, one.etag.strip('"'))
        for one in oss2.ObjectIteratorV2(bucket, max_keys=1000)
    }
    for key in listed.keys() - ledger.expectations().keys():
        yield Flaw(f"{key} is listed and was never sent")
    readable = {key: (content.size, etags[key]) for key, content in found.items()}
    for key in ledger.expectations():
        if listed.get(key) != readable.get(key):
            yield Flaw(f"{key} is listed as {listed.get(key)} and read as {readable.get(key)}")


def _check_catalog(data_dir: Path) -> Iterator[Flaw]:
    with _catalog(data_dir) as catalog:
        said = [row[0] for row in catalog.execute("PRAGMA integrity_check")]
    if said != ["ok"]:
        yield Flaw(f"the catalog is damaged: {said[:3]}")


def _check_rows(data_dir: Path) -> Iterator[Flaw]:
    """No row is left of what no row names: parts, lists of blobs, bytes of small objects.

    What buckets are known to hold is what the rows of their objects and parts come to.
    """
    with _catalog(data_dir) as catalog:
        for query in _ORPHANED_ROWS:
            for row in catalog.execute(query):
                yield Flaw(f"a row is an orphan: {row[0]}")
        for bucket_id, *too_many in miscounts(catalog):
            yield Flaw(f"the counters of bucket {bucket_id} are too high by {too_many}")


def _check_blobs(data_dir: Path) -> Iterator[Flaw]:
    """When the sweep is through, the catalog knows every file; what objects need is there.

    Garbage may be named without a file: the reaper deletes the file before the row.
    """
    deadline = time.monotonic() + SWEEP_SECONDS
    while orphans := _blob_files(data_dir) - _named_blobs(data_dir, _WITH_GARBAGE):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    yield from _orphans(orphans)
    yield from _missing(data_dir)


def compare_blobs_to_objects(data_dir: Path) -> Iterator[Flaw]:
    """When no server runs and all garbage is reaped: each blob file belongs to an object."""
    yield from _orphans(_blob_files(data_dir) - _named_blobs(data_dir, _REFERENCES))
    yield from _missing(data_dir)


def _orphans(names: set[str]) -> Iterator[Flaw]:
    for name in sorted(names):
        yield Flaw(f"the file {name} is an orphan that nothing removes")


def _missing(data_dir: Path) -> Iterator[Flaw]:
    for blob_id in sorted(_named_blobs(data_dir, _REFERENCES) - _blob_files(data_dir)):
        yield Flaw(f"the catalog names the blob {blob_id}, which is not there", is_loss=True)


def _blob_files(data_dir: Path) -> set[str]:
    """Names of all blob files, finished or not."""
    files = (path for path in Layout(data_dir).blobs.glob("*/*") if path.is_file())
    return {path.name for path in files if path.name not in ("lock", "swept")}


def _named_blobs(data_dir: Path, query: str) -> set[str]:
    with _catalog(data_dir) as catalog:
        ids = [row[0] for row in catalog.execute(query)]
    return {blob_id for blob_id in ids if blob_id is not None and blob_id.startswith("f")}


@contextmanager
def _catalog(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """The catalog, to read while the server has it open."""
    uri = f"file:{quote(str(Layout(data_dir).catalog))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=60)) as connection:
        yield connection
