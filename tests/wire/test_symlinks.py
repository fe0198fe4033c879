"""Symbolic links over bare sockets: made, told, read through, copied, kept as versions."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest

from pillarbox.model.timestamps import http_date
from pillarbox.storage.layout import Layout
from tests.server_process import TEST_KEY
from tests.wire.raw_http import RawAnswer
from tests.wire.refusal import refusal
from tests.wire.rest import Caller, bucket, caller
from tests.wire.s3_speaker import S3Speaker
from tests.wire.test_append_object import append, set_versioning
from tests.wire.test_copy_object import LARGE, copy

__all__ = ["bucket", "caller"]

TARGET = b"x-oss-symlink-target"


def link(
    caller: Caller, place: str, target: bytes | None, *headers: tuple[bytes, bytes]
) -> RawAnswer:
    """Make `BUCKET/KEY` a link."""
    own = [] if target is None else [(TARGET, target)]
    return caller.signed(
        "PUT", f"/{place}", [*own, *headers], query="symlink", resource=f"/{place}?symlink"
    )


def told(caller: Caller, place: str, version: str = "") -> RawAnswer:
    query = "symlink" + (f"&versionId={version}" if version else "")
    return caller.signed("GET", f"/{place}", query=query, resource=f"/{place}?{query}")


def read(caller: Caller, place: str, *headers: tuple[bytes, bytes]) -> RawAnswer:
    return caller.signed("GET", f"/{place}", list(headers))


def not_there(answer: RawAnswer, key: str) -> None:
    message = "The symlink target object does not exist."
    error = refusal(answer, "SymlinkTargetNotExist", 404, message, "0026-00000012")
    assert error["Key"] == key


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_a_link_is_read_as_its_target(caller: Caller, bucket: str, content: bytes) -> None:
    caller.put(bucket, "目录/b +%", content, (b"Content-Type", b"image/png"))
    made = link(
        caller,
        f"{bucket}/link",
        b"%E7%9B%AE%E5%BD%95%2Fb%20%2B%25",
        (b"Content-Type", b"text/plain"),
        (b"x-oss-meta-a", b"1"),
        (b"x-oss-storage-class", b"IA"),
    )
    assert (made.status, made.body) == (200, b"")
    target = read(caller, f"{bucket}/目录/b +%")
    found = read(caller, f"{bucket}/link")
    head = caller.signed("HEAD", f"/{bucket}/link")
    assert (found.status, found.body) == (200, content)
    for answer in (found, head):
        for name in ("etag", "content-length", "x-oss-hash-crc64ecma", "content-md5"):
            assert answer.header(name) == target.header(name), name
        assert answer.header("x-oss-object-type") == "Symlink"
        assert answer.header("content-type") == "text/plain"
        assert answer.header("x-oss-meta-a") == "1"
        assert answer.header("x-oss-storage-class") == "IA"
    part = read(caller, f"{bucket}/link", (b"Range", b"bytes=1-3"))
    assert part.body == (content[1:4] if content else b"")
    tag = (target.header("etag") or "").encode()
    assert read(caller, f"{bucket}/link", (b"If-None-Match", tag)).status == 304


def test_what_a_link_itself_is(caller: Caller, bucket: str) -> None:
    made = link(caller, f"{bucket}/link", b"dir/%61+b")
    answer = told(caller, f"{bucket}/link")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("x-oss-symlink-target") == "dir/a%20b"
    assert answer.header("etag") == made.header("etag")
    meta = caller.signed(
        "HEAD", f"/{bucket}/link", query="objectMeta", resource=f"/{bucket}/link?objectMeta"
    )
    assert (meta.status, meta.header("content-length")) == (200, "0")
    assert meta.header("etag") == made.header("etag")
    listed = caller.signed("GET", f"/{bucket}", query="prefix=link", resource=f"/{bucket}/").body
    assert b"<Type>Symlink</Type>" in listed
    assert b"<Size>0</Size>" in listed


def test_the_later_date_is_told(caller: Caller, bucket: str) -> None:
    link(caller, f"{bucket}/link", b"a")
    dates = {"link": 1_000_000_000_000, "a": 1_100_000_000_000}
    for dated in (dates, dict(zip(dates, reversed(dates.values()), strict=True))):
        catalog_of_server = Layout(caller.server.data_dir).catalog
        with closing(sqlite3.connect(catalog_of_server)) as catalog, catalog:
            for key, moment in dated.items():
                catalog.execute(
                    "UPDATE objects SET modified_ms = ? WHERE key = ? AND bucket_id ="
                    " (SELECT id FROM buckets WHERE name = ?)",
                    (moment, key.encode(), bucket),
                )
        later = http_date(1_100_000_000)
        assert read(caller, f"{bucket}/link").header("last-modified") == later
        itself = told(caller, f"{bucket}/link").header("last-modified")
        assert itself == http_date(dated["link"] // 1000)


def test_targets_that_cannot_be_read(caller: Caller, bucket: str) -> None:
    link(caller, f"{bucket}/link", b"none")
    not_there(read(caller, f"{bucket}/link"), "none")
    assert caller.signed("HEAD", f"/{bucket}/link").status == 404
    for target in (b"link", b"itself"):
        link(caller, f"{bucket}/itself", target)
        refusal(
            read(caller, f"{bucket}/itself"),
            *("InvalidTargetType", 400, "The symbolic's target file type is invalid."),
            ec="0026-00000011",
        )
    refusal(
        told(caller, f"{bucket}/a"),
        *("NotSymlink", 400, "The object is not symlink.", "0043-00000101"),
    )
    refusal(told(caller, f"{bucket}/none"), "NoSuchKey", 404, ec="0026-00000001")


@pytest.mark.parametrize(
    ("target", "header", "code"),
    [
        (None, (b"x-oss-meta-a", b"1"), "MissingArgument"),
        (b"", (b"x-oss-meta-a", b"1"), "InvalidObjectName"),
        (b"x" * 1024, (b"x-oss-meta-a", b"1"), "InvalidObjectName"),
        (b"%ff", (b"x-oss-meta-a", b"1"), "InvalidObjectName"),
        (b"b", (b"x-oss-object-acl", b"fewer"), "InvalidArgument"),
        (b"b", (b"x-oss-storage-class", b"Cheap"), "InvalidArgument"),
        (b"b", (b"x-oss-forbid-overwrite", b"true"), "FileAlreadyExists"),
        (b"b", (b"If-None-Match", b"*"), "NotImplemented"),
    ],
)
def test_what_is_refused_changes_nothing(
    caller: Caller, bucket: str, target: bytes | None, header: tuple[bytes, bytes], code: str
) -> None:
    assert link(caller, f"{bucket}/a", target, header).error["Code"] == code
    assert read(caller, f"{bucket}/a").body == b"old"


def test_whom_the_target_keeps_out_no_link_lets_in(caller: Caller, bucket: str) -> None:
    public = (b"x-oss-object-acl", b"public-read")
    link(caller, f"{bucket}/link", b"a", public)
    link(caller, f"{bucket}/dangling", b"none", public)
    # Nor does it tell whether there is a target.
    for key in ("link", "dangling"):
        refusal(
            caller.plain("GET", f"/{bucket}/{key}"),
            "AccessDenied",
            403,
            "Anonymous user has no right to access this object.",
            "0003-00000905",
        )
        assert caller.plain("HEAD", f"/{bucket}/{key}").status == 403
    # Where it leads, who may read the link may know.
    assert caller.plain("GET", f"/{bucket}/link?symlink").header(TARGET.decode()) == "a"
    caller.put(bucket, "a", b"open", public)
    assert caller.plain("GET", f"/{bucket}/link").body == b"open"
    # And a private link keeps out whom the target lets in.
    link(caller, f"{bucket}/link", b"a", (b"x-oss-object-acl", b"private"))
    assert caller.plain("GET", f"/{bucket}/link").status == 403
    assert caller.plain("GET", f"/{bucket}/link?symlink").status == 403


def test_a_link_is_copied_as_a_link(caller: Caller, bucket: str) -> None:
    other = caller.bucket()
    link(caller, f"{bucket}/link", b"a", (b"x-oss-meta-a", b"1"), (b"x-oss-tagging", b"k=v"))
    for place in (bucket, other):
        assert copy(caller, f"{bucket}/link", f"{place}/copy").status == 200
        assert told(caller, f"{place}/copy").header("x-oss-symlink-target") == "a"
    found = read(caller, f"{bucket}/copy")
    assert (found.body, found.header("x-oss-meta-a")) == (b"old", "1")
    assert found.header("x-oss-tagging-count") == "1"
    not_there(read(caller, f"{other}/copy"), "a")  # it leads to a key of its own bucket


def test_a_link_is_the_source_of_no_part(caller: Caller, bucket: str) -> None:
    link(caller, f"{bucket}/link", b"a")
    begun = caller.signed(
        "POST", f"/{bucket}/new", query="uploads", resource=f"/{bucket}/new?uploads"
    )
    upload_id = begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    query = f"partNumber=1&uploadId={upload_id}"
    answer = caller.signed(
        "PUT",
        f"/{bucket}/new",
        [(b"x-oss-copy-source", f"/{bucket}/link".encode())],
        query=query,
        resource=f"/{bucket}/new?{query}",
    )
    refusal(answer, "InvalidArgument", 400, ec="0042-00000308")


def test_what_becomes_of_links_and_targets(caller: Caller, bucket: str) -> None:
    link(caller, f"{bucket}/link", b"log")
    append(caller, f"{bucket}/log", 0, b"12")
    append(caller, f"{bucket}/log", 2, b"34")
    assert read(caller, f"{bucket}/link").body == b"1234"
    assert append(caller, f"{bucket}/link", 0, b"5").error["Code"] == "ObjectNotAppendable"
    assert caller.signed("DELETE", f"/{bucket}/link").status == 204
    assert read(caller, f"{bucket}/log").body == b"1234"
    assert not caller.exists(bucket, "link")
    link(caller, f"{bucket}/log", b"a")  # in the place of an object
    assert read(caller, f"{bucket}/log").body == b"old"
    caller.put(bucket, "log", b"and back")
    found = read(caller, f"{bucket}/log")
    assert (found.body, found.header("x-oss-object-type")) == (b"and back", "Normal")


def test_versions_of_a_link(caller: Caller, bucket: str) -> None:
    set_versioning(caller, bucket, "Enabled")
    caller.put(bucket, "b", b"first")
    first = link(caller, f"{bucket}/link", b"a").header("x-oss-version-id") or ""
    second = link(caller, f"{bucket}/link", b"b").header("x-oss-version-id") or ""
    assert len({first, second, "null", ""}) == 4
    caller.put(bucket, "b", b"second")
    found = read(caller, f"{bucket}/link")
    assert (found.body, found.header("x-oss-version-id")) == (b"second", second)
    former = f"versionId={first}"
    found = caller.signed(
        "GET", f"/{bucket}/link", query=former, resource=f"/{bucket}/link?{former}"
    )
    assert (found.body, found.header("x-oss-version-id")) == (b"old", first)
    assert told(caller, f"{bucket}/link", first).header("x-oss-symlink-target") == "a"
    assert told(caller, f"{bucket}/link").header("x-oss-symlink-target") == "b"
    caller.signed("DELETE", f"/{bucket}/b")
    not_there(read(caller, f"{bucket}/link"), "b")
    caller.signed("DELETE", f"/{bucket}/link")
    gone = told(caller, f"{bucket}/link")
    assert (gone.status, gone.header("x-oss-delete-marker")) == (404, "true")
    assert told(caller, f"{bucket}/link", second).header("x-oss-symlink-target") == "b"


def test_two_links_have_two_etags(caller: Caller, bucket: str) -> None:
    etag = link(caller, f"{bucket}/link", b"a").header("etag")
    assert etag == f'"{hashlib.md5(b"a").hexdigest().upper()}"'
    assert link(caller, f"{bucket}/link", b"b").header("etag") != etag


def test_s3_reads_links_and_what_grows_as_other_objects(caller: Caller, bucket: str) -> None:
    s3 = S3Speaker(caller.port, TEST_KEY.id, TEST_KEY.secret)
    append(caller, f"{bucket}/log", 0, b"12")
    append(caller, f"{bucket}/log", 2, b"34")
    link(caller, f"{bucket}/link", b"log", (b"x-oss-meta-a", b"1"))
    for key in ("log", "link"):
        found = s3.send("GET", f"/{bucket}/{key}")
        assert (found.status, found.body) == (200, b"1234")
        assert found.header("x-amz-next-append-position") is None
    assert found.header("x-amz-meta-a") == "1"
    copied = s3.send(
        "PUT", f"/{bucket}/copy", "", [(b"x-oss-copy-source", f"/{bucket}/log".encode())]
    )
    assert copied.status == 200
    assert s3.send("GET", f"/{bucket}/copy").body == b"1234"
    for method, query in (("POST", "append&position=4"), ("PUT", "symlink"), ("GET", "symlink")):
        answer = s3.send(method, f"/{bucket}/log", query, [(TARGET, b"a")], b"5")
        assert (answer.status, answer.error["Code"]) == (501, "NotImplemented")
    assert read(caller, f"{bucket}/log").body == b"1234"
