"""CopyObject over bare sockets: what a copy takes over, conditions, rights, refusals."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest

from pillarbox.storage.layout import Layout
from tests.conftest import StartServer
from tests.wire.raw_http import RawAnswer, request
from tests.wire.rest import PRIVATE, READ, WRITE, Caller, bucket, caller

__all__ = ["bucket", "caller"]

LARGE = bytes(range(256)) * 1000
BEFORE = b"Mon, 01 Jan 2001 00:00:00 GMT"
AFTER = b"Fri, 01 Jan 2100 00:00:00 GMT"
ZERO_TAG = b'"00000000000000000000000000000000"'


def copy(
    caller: Caller, source: str, target: str, *headers: tuple[bytes, bytes], body: bytes = b""
) -> RawAnswer:
    """Copy `BUCKET/KEY` to `BUCKET/KEY`."""
    name, _, key = source.partition("/")
    header = (b"x-oss-copy-source", f"/{name}/{quote(key, safe='')}".encode())
    return caller.signed("PUT", f"/{target}", [header, *headers], body)


def read(caller: Caller, place: str) -> RawAnswer:
    return caller.signed("GET", f"/{place}")


def tags(caller: Caller, place: str) -> bytes:
    return caller.signed("GET", f"/{place}", query="tagging", resource=f"/{place}?tagging").body


@pytest.fixture
def rich(caller: Caller, bucket: str) -> str:
    """The bucket with an object `src` that has everything an object can have."""
    caller.put(
        bucket,
        "src",
        b"source",
        (b"Content-Type", b"text/plain"),
        (b"Cache-Control", b"no-cache"),
        (b"Expires", b"never"),
        (b"x-oss-meta-author", b"Zo"),
        (b"x-oss-tagging", b"k=v"),
        (b"x-oss-object-acl", b"public-read"),
        (b"x-oss-storage-class", b"IA"),
    )
    return bucket


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
@pytest.mark.parametrize("key", ["copy", "目录/c ?&+%2F.txt", "a"])
def test_bytes_and_digests_are_the_same(
    caller: Caller, bucket: str, content: bytes, key: str
) -> None:
    other = caller.bucket()
    caller.put(bucket, "目录/s ?&+%2F.txt", content)
    source = read(caller, f"{bucket}/目录/s ?&+%2F.txt")
    for target in (bucket, other):
        answer = copy(caller, f"{bucket}/目录/s ?&+%2F.txt", f"{target}/{key}")
        assert (answer.status, answer.header("content-type")) == (200, "application/xml")
        result = fromstring(answer.body)
        copied = read(caller, f"{target}/{key}")
        assert (copied.status, copied.body) == (200, content)
        assert result.tag == "CopyObjectResult"
        assert result.findtext("ETag") == copied.header("etag") == source.header("etag")
        assert (result.findtext("LastModified") or "").endswith(".000Z")
        assert copied.header("x-oss-hash-crc64ecma") == source.header("x-oss-hash-crc64ecma")
        assert answer.header("x-oss-hash-crc64ecma") == source.header("x-oss-hash-crc64ecma")
    caller.signed("DELETE", f"/{bucket}/目录/s ?&+%2F.txt")
    assert read(caller, f"{other}/{key}").body == content


def test_what_a_copy_takes_over(caller: Caller, rich: str) -> None:
    ignored = ((b"Content-Type", b"image/png"), (b"x-oss-meta-new", b"1"), (b"x-oss-tagging", b"n"))
    for directive in ((), ((b"x-oss-metadata-directive", b"COPY"),)):
        assert copy(caller, f"{rich}/src", f"{rich}/dst", *ignored, *directive).status == 200
        copied = read(caller, f"{rich}/dst")
        assert copied.header("content-type") == "text/plain"
        assert copied.header("cache-control") == "no-cache"
        assert copied.header("expires") == "never"
        assert copied.header("x-oss-meta-author") == "Zo"
        assert copied.header("x-oss-meta-new") is None
        assert copied.header("x-oss-tagging-count") == "1"
        assert b"<Key>k</Key>" in tags(caller, f"{rich}/dst")
        # Neither ACL nor storage class.
        assert copied.header("x-oss-storage-class") == "Standard"
        assert caller.plain("GET", f"/{rich}/dst").status == 403


def test_what_a_copy_replaces(caller: Caller, rich: str) -> None:
    answer = copy(
        caller,
        f"{rich}/src",
        f"{rich}/dst",
        (b"x-oss-metadata-directive", b"REPLACE"),
        (b"x-oss-tagging-directive", b"Replace"),
        (b"x-oss-meta-new", b"1"),
        (b"x-oss-tagging", b"n=1&m"),
        (b"x-oss-object-acl", b"public-read"),
        (b"x-oss-storage-class", b"Archive"),
    )
    assert answer.status == 200
    copied = caller.plain("GET", f"/{rich}/dst")
    assert (copied.status, copied.body) == (200, b"source")
    assert copied.header("content-type") == "application/octet-stream"
    assert copied.header("cache-control") is None
    assert copied.header("x-oss-meta-author") is None
    assert copied.header("x-oss-meta-new") == "1"
    assert copied.header("x-oss-storage-class") == "Archive"
    assert b"<Key>m</Key>" in tags(caller, f"{rich}/dst")


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
@pytest.mark.parametrize("directive", [None, b"COPY", b"REPLACE"])
def test_onto_itself_metadata_is_replaced(
    caller: Caller, bucket: str, content: bytes, directive: bytes | None
) -> None:
    caller.put(bucket, "a", content, (b"x-oss-meta-old", b"1"), (b"x-oss-tagging", b"k=v"))
    headers = [] if directive is None else [(b"x-oss-metadata-directive", directive)]
    for _ in range(2):
        answer = copy(caller, f"{bucket}/a", f"{bucket}/a", (b"x-oss-meta-new", b"2"), *headers)
        assert answer.status == 200
        changed = read(caller, f"{bucket}/a")
        assert (changed.status, changed.body) == (200, content)
        assert (changed.header("x-oss-meta-old"), changed.header("x-oss-meta-new")) == (None, "2")
        assert b"<Key>k</Key>" in tags(caller, f"{bucket}/a")


@pytest.mark.parametrize(
    ("condition", "value", "status"),
    [
        (b"if-match", None, 200),
        (b"if-match", ZERO_TAG, 412),
        (b"if-none-match", None, 304),
        (b"if-none-match", ZERO_TAG, 200),
        (b"if-modified-since", BEFORE, 200),
        (b"if-modified-since", AFTER, 304),
        (b"if-modified-since", b"no date", 200),
        (b"if-unmodified-since", BEFORE, 412),
        (b"if-unmodified-since", AFTER, 200),
        (b"if-unmodified-since", b"no date", 200),
    ],
)
def test_conditions(
    caller: Caller, rich: str, condition: bytes, value: bytes | None, status: int
) -> None:
    etag = (read(caller, f"{rich}/src").header("etag") or "").encode()
    name = b"x-oss-copy-source-" + condition
    answer = copy(
        caller,
        f"{rich}/src",
        f"{rich}/a",
        (name, etag if value is None else value),
        (b"If-None-Match", b"*"),  # as ali-oss sends along; of a copy it says nothing
    )
    assert answer.status == status
    assert read(caller, f"{rich}/a").body == (b"source" if status == 200 else b"old")
    if status == 412:
        assert (answer.error["Code"], answer.error["Condition"]) == (
            "PreconditionFailed",
            name.decode(),
        )
    if status == 304:
        assert (answer.body, answer.header("etag")) == (b"", etag.decode())


# --- rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source_acl", "target_acl", "status"),
    [
        (PRIVATE, WRITE, 403),
        (READ, PRIVATE, 403),
        (READ, READ, 403),
        (READ, WRITE, 200),
    ],
)
def test_reading_there_and_writing_here(
    caller: Caller, source_acl: str, target_acl: str, status: int
) -> None:
    source, target = caller.bucket(source_acl), caller.bucket(target_acl)
    caller.put(source, "src", b"source")
    headers = [(b"x-oss-copy-source", f"/{source}/src".encode())]
    answer = caller.plain("PUT", f"/{target}/dst", headers)
    assert answer.status == status
    assert caller.exists(target, "dst") is (status == 200)


def test_tags_are_copied_by_who_may_read_them(caller: Caller) -> None:
    name = caller.bucket(WRITE)
    caller.put(name, "src", b"source", (b"x-oss-tagging", b"k=v"))
    source = (b"x-oss-copy-source", f"/{name}/src".encode())
    refused = caller.plain("PUT", f"/{name}/dst", [source])
    assert (refused.status, refused.error["Code"]) == (403, "AccessDenied")
    assert not caller.exists(name, "dst")
    replace = (b"x-oss-tagging-directive", b"Replace")
    assert caller.plain("PUT", f"/{name}/dst", [source, replace]).status == 200
    assert b"<Tag>" not in tags(caller, f"{name}/dst")


def test_what_nobody_may_read_is_not_told(caller: Caller) -> None:
    hidden, target = caller.bucket(PRIVATE), caller.bucket(WRITE)
    caller.put(hidden, "there", b"x")
    answers = [
        caller.plain("PUT", f"/{target}/dst", [(b"x-oss-copy-source", f"/{hidden}/{key}".encode())])
        for key in ("there", "not-there")
    ]
    assert [(answer.status, answer.error["EC"]) for answer in answers] == [
        (403, "0003-00000905")
    ] * 2


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ((b"x-oss-metadata-directive", b"MOVE"), 400, "InvalidArgument"),
        ((b"x-oss-tagging-directive", b"MOVE"), 400, "InvalidArgument"),
        ((b"x-oss-object-acl", b"fewer"), 400, "InvalidArgument"),
        ((b"x-oss-storage-class", b"Cheap"), 400, "InvalidArgument"),
        ((b"x-oss-server-side-encryption", b"ROT13"), 400, "InvalidEncryptionAlgorithmError"),
        ((b"x-oss-server-side-encryption", b"AES256"), 501, "NotImplemented"),
        ((b"x-oss-traffic-limit", b"819200"), 501, "NotImplemented"),
        ((b"x-oss-forbid-overwrite", b"true"), 409, "FileAlreadyExists"),
    ],
)
def test_a_copy_that_is_refused_changes_nothing(
    caller: Caller, rich: str, header: tuple[bytes, bytes], status: int, code: str
) -> None:
    answer = copy(caller, f"{rich}/src", f"{rich}/a", header)
    assert (answer.status, answer.error["Code"]) == (status, code)
    assert read(caller, f"{rich}/a").body == b"old"


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        (b"/{bucket}/none", 404, "NoSuchKey"),
        (b"/not-there/src", 404, "NoSuchBucket"),
        (b"/{bucket}/src?versionId=v", 400, "InvalidArgument"),
        (b"/{bucket}/src?versionId=" + b"0" * 32, 404, "NoSuchVersion"),
        (b"/{bucket}/", 400, "InvalidArgument"),
        (b"{bucket}/src", 400, "InvalidArgument"),
        (b"", 400, "InvalidArgument"),
        (b"/No/src", 400, "InvalidBucketName"),
    ],
)
def test_sources_that_are_none(
    caller: Caller, rich: str, source: bytes, status: int, code: str
) -> None:
    header = (b"x-oss-copy-source", source.replace(b"{bucket}", rich.encode()))
    answer = caller.signed("PUT", f"/{rich}/a", [header])
    assert (answer.status, answer.error["Code"]) == (status, code)
    assert read(caller, f"{rich}/a").body == b"old"


def test_forbidden_overwrites_are_told_and_free_keys_taken(caller: Caller, rich: str) -> None:
    forbid = (b"x-oss-forbid-overwrite", b"true")
    assert copy(caller, f"{rich}/src", f"{rich}/free", forbid).status == 200
    assert copy(caller, f"{rich}/src", f"{rich}/free", forbid).status == 409


def test_more_than_5_gib_changes_its_metadata_and_no_more(caller: Caller, rich: str) -> None:
    """Of an object that only says so: the catalog is told a size that no test can afford."""
    with closing(sqlite3.connect(Layout(caller.server.data_dir).catalog)) as catalog, catalog:
        size = "UPDATE objects SET size = ? WHERE key = ? AND etag = ?"
        etag = hashlib.md5(b"source").hexdigest().upper()
        catalog.execute(size, (5 * 1024**3 + 1, b"src", etag))
    refused = copy(caller, f"{rich}/src", f"{rich}/a")
    assert (refused.status, refused.error["Code"]) == (400, "InvalidArgument")
    assert refused.error["ArgumentName"] == "x-oss-copy-source"
    assert copy(caller, f"{rich}/src", f"{rich}/src", (b"x-oss-meta-new", b"1")).status == 200
    assert caller.signed("HEAD", f"/{rich}/src").header("x-oss-meta-new") == "1"
    with closing(sqlite3.connect(Layout(caller.server.data_dir).catalog)) as catalog, catalog:
        catalog.execute(size, (5 * 1024**3, b"src", etag))
    assert copy(caller, f"{rich}/src", f"{rich}/a").status == 200


def test_encryption_is_that_of_the_request(start_server: StartServer) -> None:
    caller = Caller(start_server("--encrypted-at-rest"))
    name = caller.bucket()
    header = (b"x-oss-server-side-encryption", b"AES256")
    caller.put(name, "src", b"source", header)
    asked = copy(caller, f"{name}/src", f"{name}/asked", header)
    assert asked.header("x-oss-server-side-encryption") == "AES256"
    assert copy(caller, f"{name}/src", f"{name}/plain").status == 200
    for key, told in (("asked", "AES256"), ("plain", None)):
        assert read(caller, f"{name}/{key}").header("x-oss-server-side-encryption") == told


def test_a_missing_bucket_to_copy_to(caller: Caller, rich: str) -> None:
    answer = copy(caller, f"{rich}/src", "not-there/a")
    assert (answer.status, answer.error["Code"]) == (404, "NoSuchBucket")
    assert answer.error["BucketName"] == "not-there"


def test_without_a_signature(caller: Caller, rich: str) -> None:
    headers = [(b"x-oss-copy-source", f"/{rich}/src".encode())]
    answer = request(caller.port, b"PUT", f"/{rich}/a".encode(), headers)
    assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
    assert read(caller, f"{rich}/a").body == b"old"
