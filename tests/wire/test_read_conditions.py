"""Conditions, ranges and overrides of GET and HEAD together, as one table; HEAD's refusals."""

from __future__ import annotations

import base64
from email.utils import formatdate
from xml.etree.ElementTree import fromstring

import pytest

from tests.conftest import module_server
from tests.server_process import ServerProcess
from tests.wire.rest import Caller, Headers

__all__ = ["module_server"]

BEFORE = b"Mon, 01 Jan 2001 00:00:00 GMT"
AFTER = b"Fri, 01 Jan 2100 00:00:00 GMT"
OTHER = b'"00000000000000000000000000000000"'
#: MD5 of the object's bytes.
ETAG = "781E5E245D69B566979B86E28D23F2C7"
SAME = f'"{ETAG}"'.encode()
LOWER = ETAG.lower().encode()
CONTENT = b"0123456789"
STANDARD = (b"x-oss-range-behavior", b"standard")

IF_MATCH, IF_NONE, IF_SINCE, IF_NOT_SINCE = (
    b"If-Match",
    b"If-None-Match",
    b"If-Modified-Since",
    b"If-Unmodified-Since",
)

#: Request headers, status, and the answer's body, or the condition that did not hold.
ROWS: list[tuple[Headers, int, bytes | str]] = [
    ([], 200, CONTENT),
    ([(IF_MATCH, SAME)], 200, CONTENT),
    ([(IF_MATCH, LOWER)], 200, CONTENT),
    ([(IF_MATCH, b"*")], 200, CONTENT),
    ([(IF_MATCH, OTHER + b", " + SAME)], 200, CONTENT),
    ([(IF_MATCH, OTHER)], 412, "If-Match"),
    ([(IF_NONE, OTHER)], 200, CONTENT),
    ([(IF_NONE, SAME)], 304, b""),
    ([(IF_NONE, LOWER)], 304, b""),
    ([(IF_NONE, b"*")], 304, b""),
    ([(IF_SINCE, BEFORE)], 200, CONTENT),
    ([(IF_SINCE, AFTER)], 304, b""),
    ([(IF_SINCE, b"no date")], 200, CONTENT),
    ([(IF_NOT_SINCE, AFTER)], 200, CONTENT),
    ([(IF_NOT_SINCE, BEFORE)], 412, "If-Unmodified-Since"),
    ([(IF_NOT_SINCE, b"no date")], 200, CONTENT),
    ([(IF_MATCH, SAME), (IF_NOT_SINCE, BEFORE)], 200, CONTENT),
    ([(IF_MATCH, OTHER), (IF_NONE, SAME)], 412, "If-Match"),
    ([(IF_MATCH, SAME), (IF_NONE, SAME)], 304, b""),
    ([(IF_NONE, OTHER), (IF_SINCE, AFTER)], 200, CONTENT),
    ([(IF_NONE, SAME), (IF_SINCE, BEFORE)], 304, b""),
    ([(IF_NOT_SINCE, BEFORE), (IF_NONE, SAME)], 412, "If-Unmodified-Since"),
    ([(IF_MATCH, SAME), (b"Range", b"bytes=2-4")], 206, b"234"),
    ([(IF_MATCH, OTHER), (b"Range", b"bytes=2-4")], 412, "If-Match"),
    ([(IF_NONE, SAME), (b"Range", b"bytes=2-4")], 304, b""),
    ([(IF_MATCH, OTHER), (b"Range", b"bytes=99-"), STANDARD], 412, "If-Match"),
    ([(IF_NONE, SAME), (b"Range", b"bytes=99-"), STANDARD], 304, b""),
    ([(IF_MATCH, SAME), (b"Range", b"bytes=99-"), STANDARD], 416, ""),
    ([(IF_MATCH, SAME), (b"Range", b"bytes=99-")], 200, CONTENT),
    ([(b"If-Range", SAME), (b"Range", b"bytes=8-99"), STANDARD], 206, b"89"),
    ([(b"If-Range", OTHER), (b"Range", b"bytes=99-"), STANDARD], 200, CONTENT),
    ([(b"Range", b"bytes=5-15"), STANDARD], 206, b"56789"),
    ([(b"Range", b"bytes=0-1000")], 200, CONTENT),
    ([(b"Range", b"bytes=-3")], 206, b"789"),
    ([(b"x-oss-range-behavior", b"other"), (b"Range", b"bytes=99-")], 200, CONTENT),
]

OVERRIDES = {
    "response-content-type": ("content-type", "text/plain"),
    "response-content-language": ("content-language", "de"),
    "response-expires": ("expires", "never"),
    "response-cache-control": ("cache-control", "no-store"),
    "response-content-disposition": ("content-disposition", "inline"),
    "response-content-encoding": ("content-encoding", "identity"),
}


@pytest.fixture(scope="module")
def caller(module_server: ServerProcess) -> Caller:
    """With the object `read/a`, which no test changes."""
    caller = Caller(module_server)
    caller.signed("PUT", "/read", [(b"x-oss-acl", b"public-read")], resource="/read/")
    caller.put("read", "a", CONTENT, (b"Content-Type", b"image/png"), (b"Expires", b"0"))
    return caller


def named(row: object) -> str:
    return "; ".join(f"{n.decode()}: {v.decode()}" for n, v in row) if isinstance(row, list) else ""


@pytest.mark.parametrize(("headers", "status", "expected"), ROWS, ids=named)
@pytest.mark.parametrize("with_overrides", [False, True])
def test_the_table(
    caller: Caller, headers: Headers, status: int, expected: bytes | str, with_overrides: bool
) -> None:
    query = "&".join(f"{name}={value}" for name, (_, value) in OVERRIDES.items())
    signed = "/read/a?" + "&".join(sorted(query.split("&")))
    for method in ("GET", "HEAD"):
        answer = (
            caller.signed(method, "/read/a", headers, query=query, resource=signed)
            if with_overrides
            else caller.signed(method, "/read/a", headers)
        )
        assert answer.status == status
        if status in (200, 206, 304):
            assert answer.header("etag") == SAME.decode()
            assert answer.header("last-modified") is not None
        if status in (200, 206):
            assert isinstance(expected, bytes)
            assert answer.body == (expected if method == "GET" else b"")
            assert answer.header("content-length") == str(len(expected))
            assert answer.header("accept-ranges") == "bytes"
            assert (answer.header("content-range") is None) is (status == 200)
            assert answer.header("x-oss-hash-crc64ecma") is not None
            for name, value in OVERRIDES.values():
                plain = {"content-type": "image/png", "expires": "0"}.get(name)
                assert answer.header(name) == (value if with_overrides else plain)
        elif status == 304:
            assert (answer.body, answer.header("content-length")) == (b"", None)
        else:
            error = answer.error if method == "GET" else told(answer.header("x-oss-err"))
            assert error["Code"] == ("PreconditionFailed" if expected else "InvalidRange")
            assert error.get("Condition", "") == expected
            # Overrides are for what is served, not for what is refused.
            assert answer.header("content-type") == "application/xml"
            assert answer.header("cache-control") is None


def told(header: str | None) -> dict[str, str]:
    """The error document of a HEAD request."""
    assert header is not None
    return {child.tag: child.text or "" for child in fromstring(base64.b64decode(header))}


@pytest.mark.parametrize("name", OVERRIDES)
def test_anybody_may_override_nothing(caller: Caller, name: str) -> None:
    assert caller.plain("GET", "/read/a").status == 200
    answer = caller.plain("GET", f"/read/a?{name}=x")
    assert (answer.status, answer.error["Code"]) == (400, "InvalidRequest")
    assert answer.error["Message"] == (
        "Request specific response headers cannot be used for anonymous GET requests."
    )


@pytest.mark.parametrize(
    ("target", "headers", "status", "code", "ec"),
    [
        ("/read/none", [], 404, "NoSuchKey", "0026-00000001"),
        ("/not-there/a", [], 404, "NoSuchBucket", "0015-00000101"),
        ("/No/a", [], 400, "InvalidBucketName", "0015-00000001"),
        ("/read/%FF", [], 400, "InvalidObjectName", None),
        ("/read/a", [(IF_MATCH, OTHER)], 412, "PreconditionFailed", None),
        ("/read/a", [(b"Range", b"bytes=99-"), STANDARD], 416, "InvalidRange", None),
        ("/read/a?response-expires=x", [], 400, "InvalidRequest", None),
        ("/read/a?versionId=v", [], 400, "InvalidArgument", None),
        (f"/read/a?versionId={'0' * 32}", [], 404, "NoSuchVersion", None),
        ("/read?versionId=null", [], 501, "NotImplemented", None),
        ("/read", [], 403, "AccessDenied", "0003-00000905"),
        (
            "/read/a",
            [(b"Authorization", b"OSS nobody:x"), (b"Date", BEFORE)],
            403,
            "InvalidAccessKeyId",
            "0002-00000902",
        ),
        ("/read/a", [(b"Authorization", b"garbage")], 400, "InvalidArgument", None),
        ("/read/a?objectMeta&acl", [], 501, "NotImplemented", None),
        ("/read/none?objectMeta", [], 404, "NoSuchKey", "0026-00000001"),
        ("/read/a?acl", [], 501, "NotImplemented", None),
        ("/-/none", [], 404, "NoSuchKey", "0026-00000001"),
    ],
)
def test_a_refused_head_says_all_that_a_refused_get_says(
    caller: Caller, target: str, headers: Headers, status: int, code: str, ec: str | None
) -> None:
    answer = caller.plain("HEAD", target, headers)
    assert (answer.status, answer.body) == (status, b"")
    error = told(answer.header("x-oss-err"))
    assert (error["Code"], error.get("EC")) == (code, ec)
    assert answer.header("x-oss-ec") == ec
    assert error["RequestId"] == answer.header("x-oss-request-id")
    assert error["HostId"] == "127.0.0.1"
    assert error["Message"]


def test_a_mismatch_of_a_head_tells_what_was_to_be_signed(caller: Caller) -> None:
    headers = [(b"Authorization", f"OSS {caller.server.access_key.id}:x".encode())]
    date = formatdate(usegmt=True).encode()
    answer = caller.plain("HEAD", "/read/a", [*headers, (b"Date", date)])
    error = told(answer.header("x-oss-err"))
    assert (answer.status, error["Code"]) == (403, "SignatureDoesNotMatch")
    assert error["StringToSign"].startswith("HEAD\n")
