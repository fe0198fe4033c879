"""Reading: what anybody may, what a browser could run, ranges, and bytes that are lost."""

from __future__ import annotations

import pytest

from tests.conftest import StartServer
from tests.wire.raw_http import request
from tests.wire.rest import PRIVATE, READ, WRITE, Caller, bucket, caller

__all__ = ["bucket", "caller"]


# --- anybody --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket_acl", [PRIVATE, READ, WRITE])
@pytest.mark.parametrize("object_acl", ["default", PRIVATE, READ, WRITE])
def test_what_anybody_may(caller: Caller, bucket_acl: str, object_acl: str) -> None:
    name = caller.bucket(bucket_acl)
    caller.put(name, "a", b"old", (b"x-oss-object-acl", object_acl.encode()))
    effective = bucket_acl if object_acl == "default" else object_acl
    may_read = 200 if effective in (READ, WRITE) else 403
    may_write = effective == WRITE

    assert caller.plain("GET", f"/{name}/a").status == may_read
    assert caller.plain("HEAD", f"/{name}/a").status == may_read
    assert caller.plain("HEAD", f"/{name}/a?objectMeta").status == may_read
    # What is not there is as readable as the bucket, and anybody learns no more of it.
    assert caller.plain("GET", f"/{name}/b").status == (403 if bucket_acl == PRIVATE else 404)
    for target in ("?acl", "?bucketInfo", "", "?list-type=2"):
        refused = caller.plain("GET", f"/{name}/{target}")
        assert (refused.status, refused.error["EC"]) == (403, "0003-00000905")
    for refused in (
        caller.plain("GET", f"/{name}/a?acl"),
        caller.plain("PUT", f"/{name}/a?acl", [(b"x-oss-object-acl", b"public-read-write")]),
        caller.plain("PUT", f"/{name}?acl", [(b"x-oss-acl", b"public-read-write")]),
        caller.plain("DELETE", f"/{name}"),
        caller.plain("PUT", f"/{name}"),
        caller.plain("GET", "/"),
    ):
        assert (refused.status, refused.error["Code"]) == (403, "AccessDenied")
    put = request(caller.port, b"PUT", f"/{name}/a".encode(), [], b"new")
    assert put.status == (200 if may_write else 403)
    assert caller.signed("GET", f"/{name}/a").body == (b"new" if may_write else b"old")
    # Written anew the object has no ACL of its own, so the bucket's counts.
    may_delete = (bucket_acl == WRITE) if may_write else False
    assert caller.plain("DELETE", f"/{name}/a").status == (204 if may_delete else 403)
    assert caller.exists(name, "a") is not may_delete
    new = request(caller.port, b"PUT", f"/{name}/new".encode(), [], b"new")
    assert new.status == (200 if bucket_acl == WRITE else 403)
    assert caller.exists(name, "new") is (bucket_acl == WRITE)


def test_listing_a_public_bucket_if_the_operator_allows(start_server: StartServer) -> None:
    caller = Caller(start_server("--anonymous-list"))
    name, private = caller.bucket(READ), caller.bucket(PRIVATE)
    assert caller.plain("GET", f"/{name}").status == 200
    assert caller.plain("GET", f"/{name}?list-type=2").status == 200
    assert caller.plain("GET", f"/{private}").status == 403


# --- what a browser could run ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        b"text/html",
        b"TEXT/HTML; charset=utf-8",
        b"text/html charset=utf-8",
        b"text/html(comment)",
        b"text/html,text/plain",
        b"image/svg+xml",
        b"application/xhtml+xml",
        b"application/anything+xml",
        b"text/xml",
        b"text/javascript",
        b"application/x-javascript",
        b"multipart/x-mixed-replace;boundary=b",
        b"no type at all",
        b"text/",
    ],
)
def test_active_types_are_attachments(caller: Caller, bucket: str, content_type: bytes) -> None:
    caller.put(
        bucket,
        "page",
        b"<script>1</script>",
        (b"Content-Type", content_type),
        (b"Content-Disposition", b'inline; filename="page.html"'),
    )
    for method in ("GET", "HEAD"):
        answer = caller.signed(method, f"/{bucket}/page")
        assert answer.header("content-type") == content_type.decode()
        assert answer.header("content-disposition") == 'attachment; filename="page.html"'
        assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
        assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("content_type", [b"image/png", b"application/pdf", b"text/plain"])
def test_quiet_types_are_served_as_they_are(
    caller: Caller, bucket: str, content_type: bytes
) -> None:
    caller.put(bucket, "file", b"x", (b"Content-Type", content_type))
    answer = caller.signed("GET", f"/{bucket}/file")
    assert answer.header("content-disposition") is None
    assert answer.header("content-security-policy") is None
    assert answer.header("x-content-type-options") == "nosniff"


# --- ranges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 200_000], ids=["in-the-catalog", "in-a-file"])
@pytest.mark.parametrize(
    ("header", "status", "expected"),
    [
        (b"bytes=0-4", 206, (0, 5)),
        (b"bytes=5-", 206, (5, None)),
        (b"bytes=-3", 206, (-3, None)),
        (b"bytes=0-0", 206, (0, 1)),
        (b"bytes=4-3", 200, (0, None)),
        (b"bytes=0-1,3-4", 200, (0, None)),
        (b"bytes=999999-", 200, (0, None)),
        (b"bytes=0-999999", 200, (0, None)),
        (b"bytes=-999999", 200, (0, None)),
        (b"bytes=-0", 200, (0, None)),
        (b"bytes=-", 200, (0, None)),
        (b"bytes=a-b", 200, (0, None)),
        (b"items=0-1", 200, (0, None)),
        (b"0-1", 200, (0, None)),
        (b"bytes=0-99999999999999999999999", 200, (0, None)),
    ],
)
def test_a_range(
    caller: Caller,
    bucket: str,
    size: int,
    header: bytes,
    status: int,
    expected: tuple[int, int | None],
) -> None:
    content = bytes(i % 251 for i in range(size))
    caller.put(bucket, "digits", content)
    first, last = expected
    answer = caller.signed("GET", f"/{bucket}/digits", [(b"Range", header)])
    assert (answer.status, answer.body) == (status, content[first:last])
    told = caller.signed("HEAD", f"/{bucket}/digits", [(b"Range", header)])
    assert told.header("content-length") == str(len(answer.body))
    assert (answer.header("content-range") is None) is (status == 200)
    assert answer.header("accept-ranges") == "bytes"


@pytest.mark.parametrize(
    ("header", "status", "content_range", "body"),
    [
        (b"bytes=5-15", 206, "bytes 5-9/10", b"56789"),
        (b"bytes=-15", 206, "bytes 0-9/10", b"0123456789"),
        (b"bytes=10-15", 416, "bytes */10", None),
        (b"bytes=-0", 416, "bytes */10", None),
        (b"bytes=x", 200, None, b"0123456789"),
    ],
)
def test_a_range_by_the_standard(
    caller: Caller,
    bucket: str,
    header: bytes,
    status: int,
    content_range: str | None,
    body: bytes | None,
) -> None:
    caller.put(bucket, "digits", b"0123456789")
    headers = [(b"Range", header), (b"x-oss-range-behavior", b"standard")]
    answer = caller.signed("GET", f"/{bucket}/digits", headers)
    assert (answer.status, answer.header("content-range")) == (status, content_range)
    if body is None:
        assert answer.error["Code"] == "InvalidRange"
    else:
        assert answer.body == body


def test_a_download_of_an_older_version_begins_anew(caller: Caller, bucket: str) -> None:
    caller.put(bucket, "file", b"0123456789")
    etag = caller.signed("HEAD", f"/{bucket}/file").header("etag")
    assert etag is not None
    ranged = (b"Range", b"bytes=5-")
    same = caller.signed("GET", f"/{bucket}/file", [ranged, (b"If-Range", etag.encode())])
    assert (same.status, same.body) == (206, b"56789")
    for older in (b'"other"', b'W/"other"', b"Sat, 01 Jan 2000 00:00:00 GMT", b"no date"):
        whole = caller.signed("GET", f"/{bucket}/file", [ranged, (b"If-Range", older)])
        assert (whole.status, whole.body) == (200, b"0123456789")


# --- lost bytes -----------------------------------------------------------------------------------


def test_a_lost_blob_is_500_and_a_loud_line(start_server: StartServer) -> None:
    server = start_server()
    caller = Caller(server)
    name = caller.bucket()
    key = "big\nfile"
    caller.put(name, key, bytes(range(256)) * 1000)
    caller.put(name, "small", b"x")
    blobs = [p for p in server.data_dir.rglob("*") if p.is_file() and p.stat().st_size == 256_000]
    assert len(blobs) == 1
    blobs[0].unlink()

    for headers in ([], [(b"Range", b"bytes=0-1")]):
        answer = caller.signed("GET", f"/{name}/{key}", headers)
        assert (answer.status, answer.error["Code"]) == (500, "InternalError")
    server.wait_for_notice(f"{answer.header('x-oss-request-id')} the bytes of ")
    line = next(line for line in server.notices.splitlines() if "are lost" in line)
    assert f"{name}/'big\\nfile'" in line
    assert caller.signed("GET", f"/{name}/small").body == b"x"
    caller.put(name, key, b"again")
    assert caller.signed("GET", f"/{name}/{key}").body == b"again"


def test_a_blob_that_was_cut_is_never_a_short_answer(start_server: StartServer) -> None:
    server = start_server()
    caller = Caller(server)
    name = caller.bucket()
    caller.put(name, "big", bytes(256_000))
    blob = next(
        p for p in server.data_dir.rglob("*") if p.is_file() and p.stat().st_size == 256_000
    )
    blob.chmod(0o600)
    with blob.open("r+b") as file:
        file.truncate(1000)
    answer = caller.signed("GET", f"/{name}/big")
    assert (answer.status, answer.error["Code"]) == (500, "InternalError")
    server.wait_for_notice("are lost")
