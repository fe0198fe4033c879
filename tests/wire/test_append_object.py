"""AppendObject over bare sockets: what it answers and refuses, and what readers see."""

from __future__ import annotations

import base64
import hashlib

import pytest
from fastcrc import crc64

from tests.wire.raw_http import Connection, RawAnswer, head
from tests.wire.refusal import refusal
from tests.wire.rest import Caller, bucket, caller
from tests.wire.test_copy_object import copy

__all__ = ["bucket", "caller"]

NEXT = "x-oss-next-append-position"
LARGE = b"0123456789" * 20_000


def append(
    caller: Caller, place: str, position: object, body: bytes, *headers: tuple[bytes, bytes]
) -> RawAnswer:
    """Add `body` to `BUCKET/KEY`."""
    query = f"append&position={position}"
    return caller.signed("POST", f"/{place}", list(headers), body, query, f"/{place}?{query}")


def read(caller: Caller, place: str, *headers: tuple[bytes, bytes]) -> RawAnswer:
    return caller.signed("GET", f"/{place}", list(headers))


def set_versioning(caller: Caller, bucket: str, status: str) -> None:
    root = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
    answer = caller.signed(
        "PUT", f"/{bucket}", [], root.encode(), "versioning", f"/{bucket}/?versioning"
    )
    assert answer.status == 200, answer.body


def test_an_object_grows(caller: Caller, bucket: str) -> None:
    whole, tags = b"", set()
    for more in (b"one\n", LARGE, b"", b"two\n"):
        answer = append(caller, f"{bucket}/log", len(whole), more, (b"Content-Type", b"text/x"))
        whole += more
        assert (answer.status, answer.body) == (200, b"")
        assert answer.header(NEXT) == str(len(whole))
        assert answer.header("x-oss-hash-crc64ecma") == str(crc64.xz(whole))
        assert answer.header("x-oss-version-id") is None
        found = read(caller, f"{bucket}/log")
        assert (found.status, found.body) == (200, whole)
        for name in ("etag", NEXT, "x-oss-hash-crc64ecma"):
            assert found.header(name) == answer.header(name)
        assert found.header("content-md5") is None
        assert found.header("x-oss-object-type") == "Appendable"
        assert found.header("content-type") == "text/x"
        tags.add(found.header("etag"))
    assert len(tags) == 4
    headers = caller.signed("HEAD", f"/{bucket}/log")
    assert headers.header(NEXT) == headers.header("content-length") == str(len(whole))
    part = read(caller, f"{bucket}/log", (b"Range", b"bytes=2-8"))
    assert (part.status, part.body) == (206, whole[2:9])


def test_a_wrong_position(caller: Caller, bucket: str) -> None:
    append(caller, f"{bucket}/log", 0, b"12345")
    for place, position, length in (
        ("log", 4, 5),
        ("log", 0, 5),
        ("none", 3, 0),
        ("log", 10**17, 5),
    ):
        answer = append(caller, f"{bucket}/{place}", position, b"6")
        error = refusal(
            answer,
            "PositionNotEqualToLength",
            409,
            "Position is not equal to file length.",
            "0026-00000016",
        )
        assert error["Position"] == str(position)
        assert answer.header(NEXT) == str(length)
    assert read(caller, f"{bucket}/log").body == b"12345"
    assert not caller.exists(bucket, "none")


@pytest.mark.parametrize("text", ["test", "-1", "1.0", "٣", "9" * 19, "1,2"])
def test_a_position_that_is_no_number(caller: Caller, bucket: str, text: str) -> None:
    answer = append(caller, f"{bucket}/log", text, b"x")
    error = refusal(answer, "InvalidArgument", 400, ec="0016-00000502")
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("position", text)


@pytest.mark.parametrize("query", ["append", "append&position", "append&position="])
def test_no_position(caller: Caller, bucket: str, query: str) -> None:
    signed = query.rstrip("=")
    answer = caller.signed("POST", f"/{bucket}/log", [], b"x", query, f"/{bucket}/log?{signed}")
    refusal(answer, "MissingArgument", 400, ec="0016-00000501")


def test_other_objects_are_not_added_to(caller: Caller, bucket: str) -> None:
    answer = append(caller, f"{bucket}/a", 3, b"more")
    message = "The object is not appendable."
    refusal(answer, "ObjectNotAppendable", 409, message, "0026-00000017")
    # A copy of one that grows is an object in one piece.
    append(caller, f"{bucket}/log", 0, b"12")
    append(caller, f"{bucket}/log", 2, LARGE)
    assert copy(caller, f"{bucket}/log", f"{bucket}/copy").status == 200
    found = read(caller, f"{bucket}/copy")
    assert (found.body, found.header("x-oss-object-type")) == (b"12" + LARGE, "Normal")
    assert found.header("etag") == f'"{hashlib.md5(b"12" + LARGE).hexdigest().upper()}"'
    assert found.header(NEXT) is None
    refusal(
        append(caller, f"{bucket}/copy", 2 + len(LARGE), b"3"),
        *("ObjectNotAppendable", 409, message, "0026-00000017"),
    )
    caller.put(bucket, "log", b"put over it")
    assert read(caller, f"{bucket}/log").header("x-oss-object-type") == "Normal"
    assert append(caller, f"{bucket}/log", 11, b"3").status == 409


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ((b"Content-MD5", base64.b64encode(hashlib.md5(b"12new").digest())), "InvalidDigest"),
        ((b"Content-MD5", b"no base64"), "InvalidDigest"),
        ((b"x-oss-hash-crc64ecma", b"1"), "InvalidCRC64"),
        ((b"x-oss-object-acl", b"fewer"), "InvalidArgument"),
        ((b"x-oss-storage-class", b"Cheap"), "InvalidArgument"),
        ((b"x-oss-traffic-limit", b"819200"), "NotImplemented"),
        ((b"If-Match", b"*"), "NotImplemented"),
        ((b"If-None-Match", b"*"), "NotImplemented"),
        ((b"If-Unmodified-Since", b"Mon, 01 Jan 2001 00:00:00 GMT"), "NotImplemented"),
    ],
)
def test_what_is_refused_changes_nothing(
    caller: Caller, bucket: str, header: tuple[bytes, bytes], code: str
) -> None:
    append(caller, f"{bucket}/log", 0, b"12")
    for key, position in (("log", 2), ("new", 0)):
        answer = append(caller, f"{bucket}/{key}", position, b"new", header)
        assert answer.error["Code"] == code
    assert read(caller, f"{bucket}/log").body == b"12"
    assert not caller.exists(bucket, "new")


def test_the_digests_are_those_of_what_is_added(caller: Caller, bucket: str) -> None:
    append(caller, f"{bucket}/log", 0, b"12")
    md5 = (b"Content-MD5", base64.b64encode(hashlib.md5(b"new").digest()))
    crc = (b"x-oss-hash-crc64ecma", str(crc64.xz(b"new")).encode())
    assert append(caller, f"{bucket}/log", 2, b"new", md5, crc).status == 200


def test_it_is_refused_before_the_bytes_come(caller: Caller, bucket: str) -> None:
    target = f"/{bucket}/log?append&position=7".encode()
    with Connection(caller.port) as connection:
        connection.send(head(b"POST", target, [(b"Content-Length", b"1000000")]))
        assert connection.answer().error["Code"] == "AccessDenied"


def test_anybody_may_add_where_anybody_may_write(caller: Caller) -> None:
    open_bucket = caller.bucket("public-read-write")
    target = f"/{open_bucket}/log?append&position=0"
    assert caller.plain("POST", target).status == 200
    acl = (b"x-oss-object-acl", b"public-read")
    answer = caller.plain("POST", f"/{open_bucket}/b?append&position=0", [acl])
    assert answer.error["Code"] == "AccessDenied"
    append(caller, f"{open_bucket}/mine", 0, b"x", (b"x-oss-object-acl", b"private"))
    target = f"/{open_bucket}/mine?append&position=1"
    denied = caller.plain("POST", target)
    assert denied.error["Code"] == "AccessDenied"


def test_forbid_overwrite_is_about_the_first_bytes(caller: Caller, bucket: str) -> None:
    forbid = (b"x-oss-forbid-overwrite", b"true")
    assert append(caller, f"{bucket}/log", 0, b"12", forbid).status == 200
    assert append(caller, f"{bucket}/log", 2, b"34", forbid).status == 200
    for key in ("log", "a"):
        refusal(
            append(caller, f"{bucket}/{key}", 0, b"5", forbid),
            *("FileAlreadyExists", 409, None, "0026-00000002"),
        )


def test_the_version_is_told(caller: Caller, bucket: str) -> None:
    set_versioning(caller, bucket, "Enabled")
    first = append(caller, f"{bucket}/log", 0, b"12")
    second = append(caller, f"{bucket}/log", 2, b"34")
    version = first.header("x-oss-version-id")
    assert version == second.header("x-oss-version-id")
    assert version not in (None, "null")
    caller.signed("DELETE", f"/{bucket}/log")
    third = append(caller, f"{bucket}/log", 0, b"56")
    assert third.header("x-oss-version-id") not in (None, version)
    former = f"/{bucket}/log?versionId={version}"
    found = caller.signed("GET", f"/{bucket}/log", [], b"", f"versionId={version}", former)
    assert found.body == b"1234"
    set_versioning(caller, bucket, "Suspended")
    again = append(caller, f"{bucket}/log", 2, b"78")
    assert again.header("x-oss-version-id") == third.header("x-oss-version-id")
    assert append(caller, f"{bucket}/new", 0, b"9").header("x-oss-version-id") == "null"
