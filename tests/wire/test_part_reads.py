"""Reads of one part of an object by its number, as S3 has them."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence

import pytest

from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.identities import Signer
from tests.wire.raw_http import RawAnswer
from tests.wire.rest import bucket, caller
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer

__all__ = ["bucket", "caller"]

FULL = b"0" * (5 << 20)
LAST = b"the end"


@pytest.fixture
def owner(module_server: ServerProcess) -> S3Signer:
    return S3Signer(module_server.port, TEST_KEY.id, TEST_KEY.secret)


def put_parts(owner: S3Signer, path: str, *parts: tuple[int, bytes]) -> None:
    """An object of these parts, by their numbers."""
    begun = owner.send("POST", path, "uploads")
    found = re.search(rb"<UploadId>(.*?)</UploadId>", begun.body)
    assert found is not None
    query = f"uploadId={found[1].decode()}"
    for number, content in parts:
        assert owner.send("PUT", path, f"partNumber={number}&{query}", [], content).status == 200
    assert owner.send("POST", path, query, [], _list_of(parts)).status == 200


def _list_of(parts: Sequence[tuple[int, bytes]]) -> bytes:
    lines = "".join(
        f"<Part><PartNumber>{number}</PartNumber>"
        f"<ETag>{hashlib.md5(content).hexdigest()}</ETag></Part>"
        for number, content in parts
    )
    return f"<CompleteMultipartUpload>{lines}</CompleteMultipartUpload>".encode()


def told(answer: RawAnswer) -> tuple[int, str | None, str | None, str | None]:
    """Status, range, length and number of parts."""
    return (
        answer.status,
        answer.header("content-range"),
        answer.header("content-length"),
        answer.header("x-amz-mp-parts-count"),
    )


def read(owner: S3Signer, path: str, number: int, expected: object, content: bytes) -> None:
    """GET and HEAD of a part are answered as expected, with the whole object's ETag."""
    whole = owner.send("HEAD", path)
    for method in ("GET", "HEAD"):
        answer = owner.send(method, path, f"partNumber={number}")
        assert told(answer) == expected
        assert answer.header("etag") == whole.header("etag")
        assert answer.body == (content if method == "GET" else b"")


def test_parts_are_read_by_their_place(owner: S3Signer, bucket: str) -> None:
    """Their numbers may have had gaps."""
    path, size = f"/{bucket}/parts", len(FULL) + len(LAST)
    put_parts(owner, path, (2, FULL), (7, LAST))
    first = (206, f"bytes 0-{len(FULL) - 1}/{size}", str(len(FULL)), "2")
    read(owner, path, 1, first, FULL)
    last = (206, f"bytes {len(FULL)}-{size - 1}/{size}", str(len(LAST)), "2")
    read(owner, path, 2, last, LAST)
    copy = f"/{bucket}/copy"
    source = [(b"x-amz-copy-source", path.encode())]
    assert owner.send("PUT", copy, "", source).status == 200
    read(owner, copy, 2, last, LAST)
    error = s3_refusal(owner.send("GET", path, "partNumber=3"), "InvalidPartNumber", 416)
    assert error["Message"] == "The requested partnumber is not satisfiable"
    assert (error["PartNumberRequested"], error["ActualPartCount"]) == ("3", "2")
    assert owner.send("HEAD", path, "partNumber=3").status == 416
    assert told(owner.send("GET", path))[0::3] == (200, None)


def test_a_last_part_may_be_empty(owner: S3Signer, bucket: str) -> None:
    path = f"/{bucket}/parts"
    put_parts(owner, path, (1, FULL), (2, b""))
    whole = f"bytes 0-{len(FULL) - 1}/{len(FULL)}"
    read(owner, path, 1, (206, whole, str(len(FULL)), "2"), FULL)
    read(owner, path, 2, (200, None, "0", "2"), b"")
    s3_refusal(owner.send("GET", path, "partNumber=3"), "InvalidPartNumber", 416)


def test_the_only_part_is_the_whole(owner: S3Signer, bucket: str) -> None:
    for name, content in (("one", LAST), ("none", b"")):
        put_parts(owner, f"/{bucket}/{name}", (3, content))
    read(owner, f"/{bucket}/one", 1, (206, "bytes 0-6/7", "7", "1"), LAST)
    read(owner, f"/{bucket}/none", 1, (200, None, "0", "1"), b"")


def test_an_object_in_one_piece_is_its_first_part(owner: S3Signer, bucket: str) -> None:
    path, empty = f"/{bucket}/whole", f"/{bucket}/empty"
    owner.send("PUT", path, "", [], LAST)
    owner.send("PUT", empty, "", [], b"")
    read(owner, path, 1, (206, "bytes 0-6/7", "7", None), LAST)
    read(owner, empty, 1, (200, None, "0", None), b"")
    for one in (path, empty):
        s3_refusal(owner.send("GET", one, "partNumber=2"), "InvalidPartNumber", 416)


@pytest.mark.parametrize("number", ["0", "-1", "10001", "a", "", "1.0", "999999999999"])
def test_what_is_no_number_of_a_part(owner: S3Signer, bucket: str, number: str) -> None:
    s3_refusal(owner.send("GET", f"/{bucket}/a", f"partNumber={number}"), "InvalidArgument", 400)


def test_a_range_beside_it_is_refused(owner: S3Signer, bucket: str) -> None:
    answer = owner.send("GET", f"/{bucket}/a", "partNumber=1", [(b"Range", b"bytes=0-1")])
    error = s3_refusal(answer, "InvalidRequest", 400)
    assert error["Message"] == "Cannot specify both Range header and partNumber query parameter"


def test_conditions_come_first(owner: S3Signer, bucket: str) -> None:
    path = f"/{bucket}/a"
    etag = (owner.send("HEAD", path).header("etag") or "").encode()
    current = owner.send("GET", path, "partNumber=9", [(b"If-None-Match", etag)])
    assert (current.status, current.body) == (304, b"")
    other = owner.send("GET", path, "partNumber=1", [(b"If-Match", b'"other"')])
    s3_refusal(other, "PreconditionFailed", 412)


def test_rights_come_before_all(owner: S3Signer, bucket: str) -> None:
    nobody, in_s3 = S3Signer(owner.port, None, ""), "x-amz-checksum-mode=ENABLED"
    for key in ("a", "nowhere"):
        answer = nobody.send("GET", f"/{bucket}/{key}", f"partNumber=0&{in_s3}")
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")


def test_a_checksum_is_told_with_all_the_bytes_that_it_is_of(owner: S3Signer, bucket: str) -> None:
    path, name = f"/{bucket}/whole", "x-amz-checksum-crc32"
    crc = base64.b64encode(zlib.crc32(LAST).to_bytes(4, "big"))
    assert owner.send("PUT", path, "", [(name.encode(), crc)], LAST).status == 200
    wants = [(b"x-amz-checksum-mode", b"ENABLED")]
    part = owner.send("GET", path, "partNumber=1", wants)
    assert (part.status, part.header(name)) == (206, crc.decode())
    assert owner.send("GET", path, "partNumber=1").header(name) is None
    ranged = owner.send("GET", path, "", [*wants, (b"Range", b"bytes=0-6")])
    assert (ranged.status, ranged.header(name)) == (206, None)


def test_oss_has_no_such_reads(owner: S3Signer, bucket: str) -> None:
    """A whole object for one who asks for a part of it would be a false success."""
    speaker = Signer(owner.port, owner.key_id, owner.secret)
    for method in ("GET", "HEAD"):
        assert speaker.send(method, f"/{bucket}/a", "partNumber=1").status == 501
