"""oss2, the Python SDK that most sites use, against a real server: objects, and who is calling."""

from __future__ import annotations

import io
import time
from functools import partial
from pathlib import Path

import oss2
import pytest
from oss2 import exceptions

from tests.server_process import ServerProcess

# --- objects -----------------------------------------------------------------------------------


def test_puts_and_reads_an_object(bucket: oss2.Bucket) -> None:
    put = bucket.put_object("dir/hello.txt", b"hello")

    assert put.status == 200
    assert put.etag == "5D41402ABC4B2A76B9719D911017C592"
    assert put.crc == 11177612005948864433
    read = bucket.get_object("dir/hello.txt")
    assert read.read() == b"hello"
    assert read.content_length == 5
    assert read.content_type == "text/plain"
    assert read.etag == put.etag
    assert read.object_type == "Normal"
    assert read.server_crc == read.client_crc == put.crc
    assert abs(read.last_modified - time.time()) < 3600


def test_an_object_of_no_bytes(bucket: oss2.Bucket) -> None:
    put = bucket.put_object("folder/", b"")
    assert (put.etag, put.crc) == ("D41D8CD98F00B204E9800998ECF8427E", 0)
    assert bucket.get_object("folder/").read() == b""
    assert bucket.get_object("folder/", byte_range=(0, 9)).status == 200


def test_a_large_object_by_stream_and_by_file(bucket: oss2.Bucket, tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)

    bucket.put_object_from_file("file", str(source))
    bucket.put_object("chunked", iter([content[:1_000_000], content[1_000_000:]]))
    bucket.put_object("stream", io.BytesIO(content))

    for key in ("file", "chunked", "stream"):
        assert bucket.get_object(key).read() == content
    bucket.get_object_to_file("file", str(target))
    assert target.read_bytes() == content


def test_headers_and_metadata_come_back(bucket: oss2.Bucket) -> None:
    sent = {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "max-age=60",
        "Content-Disposition": 'attachment; filename="a b.txt"',
        "Content-Encoding": "identity",
        "Content-Language": "de",
        "Expires": "Tue, 01 Jan 2030 00:00:00 GMT",
        "x-oss-meta-Author": "foo@bar.com",
        "x-oss-object-acl": "public-read",
        "x-oss-storage-class": "IA",
        "x-oss-tagging": "a=1&b=2",
    }
    bucket.put_object("a", b"x", headers=sent)

    head = bucket.head_object("a")
    for name in list(sent)[:6]:
        assert head.headers[name] == sent[name]
    assert head.headers["x-oss-meta-author"] == "foo@bar.com"
    assert head.headers["x-oss-storage-class"] == "IA"
    assert head.headers["x-oss-tagging-count"] == "2"
    assert head.content_length == 1
    assert bucket.get_object_acl("a").acl == "public-read"


def test_meta_tells_three_things(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"hello", headers={"x-oss-meta-a": "1"})

    meta = bucket.get_object_meta("a")

    assert (meta.content_length, meta.etag) == (5, "5D41402ABC4B2A76B9719D911017C592")
    assert abs(meta.last_modified - time.time()) < 3600
    assert "x-oss-meta-a" not in meta.headers
    assert bucket.object_exists("a")
    assert not bucket.object_exists("b")


def test_deletes_an_object_and_one_that_is_not_there(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"x")
    assert bucket.delete_object("a").status == 204
    assert bucket.delete_object("a").status == 204
    assert not bucket.object_exists("a")


def test_an_overwrite_replaces_all_of_the_object(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old", headers={"x-oss-meta-a": "1", "x-oss-object-acl": "private"})
    bucket.put_object("a", b"new")

    read = bucket.get_object("a")
    assert read.read() == b"new"
    assert "x-oss-meta-a" not in read.headers
    assert bucket.get_object_acl("a").acl == "default"


def test_forbid_overwrite_keeps_the_old_object(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old", headers={"x-oss-forbid-overwrite": "true"})
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.put_object("a", b"new", headers={"x-oss-forbid-overwrite": "true"})
    assert (refused.value.status, refused.value.code) == (409, "FileAlreadyExists")
    assert bucket.get_object("a").read() == b"old"
    bucket.put_object("a", b"new", headers={"x-oss-forbid-overwrite": "false"})
    assert bucket.get_object("a").read() == b"new"


def test_acl_of_an_object(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"x")
    assert bucket.get_object_acl("a").acl == "default"
    for acl in ("private", "public-read", "public-read-write", "default"):
        bucket.put_object_acl("a", acl)
        assert bucket.get_object_acl("a").acl == acl
    with pytest.raises(exceptions.InvalidArgument):
        bucket.put_object_acl("a", "fewer")
    for action in (
        partial(bucket.get_object_acl, "b"),
        partial(bucket.put_object_acl, "b", "private"),
    ):
        with pytest.raises(exceptions.NoSuchKey):
            action()


def test_a_key_that_is_not_there(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.NoSuchKey) as missing:
        bucket.get_object("no/such key")
    assert missing.value.details["Key"] == "no/such key"
    assert missing.value.request_id
    # A HEAD has no body: the code comes in the header x-oss-err.
    for action in (bucket.head_object, bucket.get_object_meta):
        with pytest.raises(exceptions.NoSuchKey):
            action("no/such key")


# --- reading parts, reading under conditions -----------------------------------------------------


@pytest.mark.parametrize(
    ("byte_range", "status", "content"),
    [
        ((0, 3), 206, b"0123"),
        ((3, None), 206, b"3456789"),
        ((None, 3), 206, b"789"),
        ((9, 9), 206, b"9"),
        ((None, 10), 206, b"0123456789"),
        ((5, 15), 200, b"0123456789"),
        ((15, 25), 200, b"0123456789"),
        ((None, 11), 200, b"0123456789"),
    ],
)
def test_reads_a_range(
    bucket: oss2.Bucket, byte_range: tuple[int, int], status: int, content: bytes
) -> None:
    bucket.put_object("digits", b"0123456789")
    read = bucket.get_object("digits", byte_range=byte_range)
    assert (read.status, read.read()) == (status, content)


def test_ranges_by_the_standard_if_asked(bucket: oss2.Bucket) -> None:
    bucket.put_object("digits", b"0123456789")
    standard = {"x-oss-range-behavior": "standard"}

    read = bucket.get_object("digits", byte_range=(5, 15), headers=standard)
    assert (read.status, read.read(), read.content_range) == (206, b"56789", "bytes 5-9/10")
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.get_object("digits", byte_range=(15, 25), headers=standard)
    assert (refused.value.status, refused.value.code) == (416, "InvalidRange")


def test_reads_under_conditions(bucket: oss2.Bucket) -> None:
    etag = bucket.put_object("a", b"x").etag
    modified = bucket.head_object("a").headers["Last-Modified"]
    before, after = "Sat, 01 Jan 2000 00:00:00 GMT", "Tue, 01 Jan 2130 00:00:00 GMT"

    for served in (
        {"If-Match": f'"{etag}"'},
        {"If-Match": etag.lower()},
        {"If-Match": "*"},
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": before},
        {"If-Modified-Since": "no date"},
        {"If-Unmodified-Since": modified},
        {"If-Unmodified-Since": "no date"},
    ):
        assert bucket.get_object("a", headers=served).read() == b"x"
    for unmodified in (
        {"If-None-Match": f'"{etag}"'},
        {"If-None-Match": f"other, W/{etag}"},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": after},
    ):
        for read in (bucket.get_object, bucket.head_object):
            with pytest.raises(exceptions.NotModified):
                read("a", headers=unmodified)
    for failed, condition in (
        ({"If-Match": '"other"'}, "If-Match"),
        ({"If-Unmodified-Since": before}, "If-Unmodified-Since"),
    ):
        for read in (bucket.get_object, bucket.head_object):
            with pytest.raises(exceptions.PreconditionFailed) as refused:
                read("a", headers=failed)
            assert refused.value.details["Condition"] == condition


def test_put_refuses_conditions(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"old")
    for name in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"):
        with pytest.raises(exceptions.ServerError) as refused:
            bucket.put_object("a", b"new", headers={name: "*"})
        assert (refused.value.status, refused.value.code) == (400, "NotImplemented")
    assert bucket.get_object("a").read() == b"old"


# --- who is calling ------------------------------------------------------------------------------


def test_wrong_secret_wrong_key(bucket: oss2.Bucket, module_server: ServerProcess) -> None:
    bucket.put_object("a", b"old")
    key = module_server.access_key
    for auth, code, error in (
        (oss2.Auth(key.id, "wrong"), "SignatureDoesNotMatch", exceptions.SignatureDoesNotMatch),
        (oss2.Auth("nobody", key.secret), "InvalidAccessKeyId", exceptions.ServerError),
        (oss2.Auth("no body!", key.secret), "InvalidAccessKeyId", exceptions.ServerError),
    ):
        stranger = oss2.Bucket(auth, module_server.base_url, bucket.bucket_name)
        for action in (
            partial(stranger.get_object, "a"),
            partial(stranger.head_object, "a"),
            partial(stranger.put_object, "a", b"new"),
            partial(stranger.delete_object, "a"),
            stranger.list_objects,
            partial(stranger.put_bucket_acl, "public-read"),
            stranger.delete_bucket,
        ):
            with pytest.raises(error) as refused:
                action()
            assert (refused.value.status, refused.value.code) == (403, code)
    assert bucket.get_object("a").read() == b"old"
    assert bucket.get_bucket_acl().acl == "private"


def test_a_clock_that_is_wrong(bucket: oss2.Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put_object("a", b"x")
    for minutes in (-20, 20):
        late = time.time() + minutes * 60
        monkeypatch.setattr("oss2.utils.http_date", partial(oss2.http_date, late))
        with pytest.raises(exceptions.ServerError) as refused:
            bucket.get_object("a")
        assert (refused.value.status, refused.value.code) == (403, "RequestTimeTooSkewed")
        assert refused.value.details["MaxAllowedSkewMilliseconds"] == "900000"
        assert refused.value.details["ServerTime"].endswith("Z")
        monkeypatch.undo()
    for minutes in (-14, 14):
        late = time.time() + minutes * 60
        monkeypatch.setattr("oss2.utils.http_date", partial(oss2.http_date, late))
        assert bucket.get_object("a").read() == b"x"
        monkeypatch.undo()


def test_anybody(bucket: oss2.Bucket, module_server: ServerProcess) -> None:
    bucket.put_object("a", b"old")
    anybody = oss2.Bucket(oss2.AnonymousAuth(), module_server.base_url, bucket.bucket_name)
    with pytest.raises(exceptions.AccessDenied) as refused:
        anybody.get_object("a")
    assert refused.value.details["EC"] == "0003-00000905"
    bucket.put_bucket_acl("public-read")
    assert anybody.get_object("a").read() == b"old"
    with pytest.raises(exceptions.AccessDenied):
        anybody.put_object("a", b"new")
    bucket.put_bucket_acl("public-read-write")
    anybody.put_object("a", b"new")
    assert bucket.get_object("a").read() == b"new"
    for action in (anybody.list_objects, anybody.get_bucket_info, anybody.delete_bucket):
        with pytest.raises(exceptions.AccessDenied):
            action()
    with pytest.raises(exceptions.AccessDenied):
        oss2.Service(oss2.AnonymousAuth(), module_server.base_url).list_buckets()


def test_signatures_of_v2_are_refused(bucket: oss2.Bucket, module_server: ServerProcess) -> None:
    bucket.put_bucket_acl("public-read-write")
    bucket.put_object("a", b"old")
    key = module_server.access_key
    later = oss2.Bucket(
        oss2.AuthV2(key.id, key.secret),
        module_server.base_url,
        bucket.bucket_name,
        region="cn-hangzhou",
    )
    for action in (
        partial(later.get_object, "a"),
        partial(later.head_object, "a"),
        partial(later.put_object, "a", b"new"),
        partial(later.delete_object, "a"),
        partial(later.get_object_with_url, later.sign_url("GET", "a", 60)),
        partial(later.put_object_with_url, later.sign_url("PUT", "a", 60), b"new"),
    ):
        with pytest.raises(exceptions.ServerError) as refused:
            action()
        assert (refused.value.status, refused.value.code) == (400, "InvalidArgument")
    assert bucket.get_object("a").read() == b"old"


def test_temporary_credentials_of_nobody_are_refused(
    bucket: oss2.Bucket, module_server: ServerProcess
) -> None:
    bucket.put_bucket_acl("public-read-write")
    key = module_server.access_key
    later = oss2.Bucket(
        oss2.StsAuth(key.id, key.secret, "token"), module_server.base_url, bucket.bucket_name
    )
    for action in (
        partial(later.put_object, "a", b"x"),
        partial(later.put_object_with_url, later.sign_url("PUT", "a", 60), b"x"),
    ):
        with pytest.raises(exceptions.ServerError) as refused:
            action()
        assert (refused.value.status, refused.value.code) == (403, "InvalidSecurityToken")
    assert not bucket.object_exists("a")
