"""Bodies of uploads in parts that are cut, altered or malformed: refused, and nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server_process import ServerProcess
from tests.wire.documents import bad_documents, cut_bodies, md5_header
from tests.wire.rest import Caller, bucket, caller
from tests.wire.test_multipart import PART, Upload, code, listed

__all__ = ["bucket", "caller"]

LARGE = PART * 4  # through the lanes, into a file
MAX_COMPLETION_SIZE = 2 << 20
GOOD = listed((1, PART), (2, b"end"))


class Kept:
    """An upload with two parts, over the object `k`; asked afterwards whether all is as it was."""

    def __init__(self, caller: Caller, bucket: str) -> None:
        caller.put(bucket, "k", b"before")
        self.upload = Upload(caller, bucket)
        for number, content in ((1, PART), (2, b"end")):
            assert self.upload.put(number, content).status == 200
        self._caller = caller
        self._files = blob_files(caller.server)
        self._parts = self._listing()

    def check(self) -> None:
        """The same object, the same parts, no blob more, and the upload can be completed."""
        assert self._caller.signed("GET", self.upload.place).body == b"before"
        assert self._listing() == self._parts
        assert blob_files(self._caller.server) == self._files
        assert list(unfinished(self._caller.server)) == []

    def finish(self) -> None:
        """Complete it, which must go as if nothing had been refused."""
        assert self.upload.complete((1, PART), (2, b"end")).status == 200
        assert self._caller.signed("GET", self.upload.place).body == PART + b"end"

    def _listing(self) -> bytes:
        return self.upload.send("GET").body


def blob_files(server: ServerProcess) -> set[str]:
    """Names of all blob files, finished or not."""
    return {path.name for path in (server.data_dir / "blobs").glob("*/*f*-*")}


def unfinished(server: ServerProcess) -> Iterator[str]:
    """Files without a name that the worker still writes."""
    for link in Path(f"/proc/{server.worker_pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            target = str(link.readlink())
            if target.startswith(str(server.data_dir / "blobs")) and "(deleted)" in target:
                yield target


@pytest.fixture
def kept(caller: Caller, bucket: str) -> Iterator[Kept]:
    """What must stay as it is, and does."""
    kept = Kept(caller, bucket)
    yield kept
    kept.check()
    kept.finish()


@pytest.mark.parametrize("body", [b"new bytes", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("number", [1, 3], ids=["replaced", "new"])
def test_a_part_that_is_cut(caller: Caller, kept: Kept, body: bytes, number: int) -> None:
    target = f"{kept.upload.place}?partNumber={number}&uploadId={kept.upload.id}"
    for answer in cut_bodies(caller, "PUT", target, body, target):
        assert (answer.status, code(answer)) == (400, "IncompleteBody")
        kept.check()


@pytest.mark.parametrize("body", [b"new bytes", LARGE], ids=["small", "large"])
def test_a_part_that_was_altered_on_the_way(kept: Kept, body: bytes) -> None:
    for header, name in (
        (md5_header(b"other"), "InvalidDigest"),
        ((b"Content-MD5", b"no base64"), "InvalidDigest"),
        ((b"x-oss-hash-crc64ecma", b"1"), "InvalidCRC64"),
        ((b"x-oss-hash-crc64ecma", b"none"), "InvalidCRC64"),
    ):
        answer = kept.upload.put(3, body, [header])
        assert (answer.status, code(answer)) == (400, name)
        kept.check()


@pytest.mark.parametrize(
    ("name", "body"),
    list(bad_documents(GOOD, b"CompleteMultipartUpload", MAX_COMPLETION_SIZE)),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_list_that_is_none(kept: Kept, name: str, body: bytes) -> None:
    answer = kept.upload.send("POST", body)
    assert (answer.status, code(answer)) == (400, "MalformedXML"), name
    assert b"root:" not in answer.body


def test_a_list_of_too_many_parts(kept: Kept) -> None:
    line = b"<Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>"
    body = b"<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % (line * 10_001)
    answer = kept.upload.send("POST", body)
    assert (answer.status, code(answer)) == (400, "MalformedXML")


def test_a_list_that_is_cut(caller: Caller, kept: Kept) -> None:
    target = f"{kept.upload.place}?uploadId={kept.upload.id}"
    for answer in cut_bodies(caller, "POST", target, GOOD, target):
        assert (answer.status, code(answer)) == (400, "IncompleteBody")
        kept.check()


def test_a_list_that_was_altered_on_the_way(kept: Kept) -> None:
    for wrong in (md5_header(b"other"), (b"Content-MD5", b"no base64")):
        answer = kept.upload.send("POST", GOOD, [wrong])
        assert (answer.status, code(answer)) == (400, "InvalidDigest")
        kept.check()


@pytest.mark.parametrize("upload_id", ["%FF", "%00", "%27", "a" * 5000, "%F0%9F%93%AE"])
def test_ids_that_no_upload_has(kept: Kept, upload_id: str) -> None:
    # Unsigned: in a bucket that anybody may write, what the id is gets as far as the catalog.
    caller = kept.upload.caller
    place = f"/{caller.bucket('public-read-write')}/k?uploadId={upload_id}"
    for method, target in (("PUT", f"{place}&partNumber=1"), ("POST", place)):
        all_parts = [(b"Content-Length", b"0"), (b"x-oss-complete-all", b"yes")]
        answer = caller.plain(method, target, all_parts)
        assert (answer.status, code(answer)) in ((404, "NoSuchUpload"), (400, "InvalidArgument"))


def test_a_beginning_takes_no_body(caller: Caller, kept: Kept) -> None:
    """Nothing in it is read: neither XML nor a digest."""
    place = kept.upload.place
    for body in (b"<InitiateMultipartUpload/>", b"no xml", LARGE):
        answer = caller.signed(
            "POST", place, body=body, query="uploads", resource=f"{place}?uploads"
        )
        assert answer.status == 200, answer.body
