"""oss2, the Python SDK that most sites use, against a real server."""

from __future__ import annotations

import io
import time
from functools import partial
from pathlib import Path

import oss2
import pytest
from oss2 import exceptions
from oss2.models import BucketCreateConfig

from tests.clients.conftest import new_bucket_name, oss2_auth
from tests.server_process import ServerProcess

# --- buckets -----------------------------------------------------------------------------------


def test_makes_lists_and_removes_buckets(module_server: ServerProcess) -> None:
    auth = oss2_auth(module_server)
    service = oss2.Service(auth, module_server.base_url)
    names = sorted(f"{new_bucket_name()}-listed" for _ in range(5))
    for name in names:
        oss2.Bucket(auth, module_server.base_url, name).create_bucket()

    listed = [b for b in oss2.BucketIterator(service, max_keys=2) if b.name in names]

    assert [b.name for b in listed] == names
    assert {b.location for b in listed} == {"oss-cn-hangzhou"}
    assert {b.storage_class for b in listed} == {"Standard"}
    assert all(abs(b.creation_date - time.time()) < 3600 for b in listed)
    for name in names:
        oss2.Bucket(auth, module_server.base_url, name).delete_bucket()
    assert not {b.name for b in oss2.BucketIterator(service)} & set(names)


def test_lists_buckets_by_prefix_and_marker(module_server: ServerProcess) -> None:
    auth = oss2_auth(module_server)
    for name in ("zeta-1", "zeta-2", "zeta-3"):
        oss2.Bucket(auth, module_server.base_url, name).create_bucket()
    service = oss2.Service(auth, module_server.base_url)

    page = service.list_buckets(prefix="zeta", marker="zeta-1", max_keys=1)

    assert [b.name for b in page.buckets] == ["zeta-2"]
    assert page.is_truncated
    assert page.next_marker == "zeta-2"


def test_tells_what_a_bucket_is(bucket: oss2.Bucket) -> None:
    info = bucket.get_bucket_info()

    assert info.name == bucket.bucket_name
    assert info.acl.grant == "private"
    assert info.owner.id == info.owner.display_name != ""
    assert info.storage_class == "Standard"
    assert bucket.endpoint.endswith(info.extranet_endpoint)


def test_keeps_the_storage_class_and_acl_of_a_new_bucket(module_server: ServerProcess) -> None:
    bucket = oss2.Bucket(oss2_auth(module_server), module_server.base_url, new_bucket_name())

    bucket.create_bucket("public-read", BucketCreateConfig("IA"))

    info = bucket.get_bucket_info()
    assert (info.acl.grant, info.storage_class) == ("public-read", "IA")
    bucket.put_object("a", b"")
    assert bucket.head_object("a").headers["x-oss-storage-class"] == "IA"
    with pytest.raises(exceptions.ServerError) as refused:
        bucket.create_bucket("public-read", BucketCreateConfig("Archive"))
    assert (refused.value.status, refused.value.code) == (409, "BucketAlreadyExists")


def test_changes_the_acl_of_a_bucket(bucket: oss2.Bucket) -> None:
    for acl in ("public-read", "public-read-write", "private"):
        bucket.put_bucket_acl(acl)
        assert bucket.get_bucket_acl().acl == acl
    bucket.create_bucket("public-read")
    assert bucket.get_bucket_acl().acl == "public-read"
    bucket.create_bucket()
    assert bucket.get_bucket_acl().acl == "public-read"


def test_refuses_an_acl_that_does_not_exist(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.InvalidArgument) as refused:
        bucket.put_bucket_acl("fewer")
    assert refused.value.details["ArgumentValue"] == "fewer"
    assert refused.value.message == "no such bucket access control exists"
    assert bucket.get_bucket_acl().acl == "private"


def test_a_bucket_with_objects_stays(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"")
    with pytest.raises(exceptions.BucketNotEmpty):
        bucket.delete_bucket()
    assert bucket.object_exists("a")


def test_a_bucket_that_is_not_there(module_server: ServerProcess) -> None:
    bucket = oss2.Bucket(oss2_auth(module_server), module_server.base_url, "nobody-made-it")
    for action in (
        bucket.get_bucket_info,
        bucket.get_bucket_acl,
        bucket.delete_bucket,
        bucket.list_objects,
        bucket.list_objects_v2,
        partial(bucket.put_bucket_acl, "private"),
        partial(bucket.get_object, "a"),
        partial(bucket.head_object, "a"),
        partial(bucket.get_object_meta, "a"),
        partial(bucket.object_exists, "a"),
        partial(bucket.put_object, "a", b"x"),
        partial(bucket.delete_object, "a"),
        partial(bucket.get_object_acl, "a"),
    ):
        with pytest.raises(exceptions.NoSuchBucket) as missing:
            action()
        assert missing.value.status == 404
        assert missing.value.details["BucketName"] == "nobody-made-it"


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


# --- keys ----------------------------------------------------------------------------------------

KEYS = [
    "a b",
    "a+b",
    "a%2Fb",
    "a%b",
    "100%",
    "//double",
    "a//b",
    "a/../b",
    "a/./b",
    "a\\b",
    "用户/é.txt",
    "e\u0301",
    "\xe9",
    "a\tb",
    "a\nb",
    "a?b=c&d",
    "a#b",
    "a;b",
    "a:b",
    "a'\"<>&b",
    "~",
    "a" * 1023,
    "é" * 511,
    " leading and trailing ",
    "trailing.",
    "CON",
    "\U0001f4ee",
]


@pytest.mark.parametrize("slash_safe", [False, True], ids=["slashes-encoded", "slashes-kept"])
def test_keys_of_all_kinds(bucket: oss2.Bucket, slash_safe: bool) -> None:
    # requests takes `..` between plain slashes for a step up before it sends anything.
    keys = [
        key
        for key in KEYS
        if not key.startswith("/") and not (slash_safe and ("/../" in key or "/./" in key))
    ]
    for key in keys:
        if slash_safe:
            url = bucket.sign_url("PUT", key, 600, slash_safe=True)
            bucket.put_object_with_url(url, key.encode())
        else:
            bucket.put_object(key, key.encode())

    listed = [found.key for found in oss2.ObjectIterator(bucket, max_keys=4)]
    assert listed == sorted(keys, key=str.encode)
    assert [o.key for o in oss2.ObjectIteratorV2(bucket, max_keys=4)] == listed
    for key in keys:
        assert bucket.get_object(key).read() == key.encode()
        bucket.delete_object(key)
    assert not list(oss2.ObjectIterator(bucket))


@pytest.mark.parametrize("key", ["/a", "\\a", "a" * 1024, "é" * 512])
def test_keys_that_are_no_names(bucket: oss2.Bucket, key: str) -> None:
    with pytest.raises(exceptions.InvalidObjectName):
        bucket.put_object(key, b"x")
    assert not bucket.list_objects().object_list


# --- listings ------------------------------------------------------------------------------------


@pytest.fixture
def shelf(bucket: oss2.Bucket) -> oss2.Bucket:
    """A bucket with keys in folders."""
    for key in ("a", "b/1", "b/2", "b/c/3", "b/d/4", "c/5", "d", "e f/ü"):
        bucket.put_object(key, key.encode())
    return bucket


@pytest.mark.parametrize("max_keys", [1, 2, 3, 1000])
def test_lists_pages_with_folders(shelf: oss2.Bucket, max_keys: int) -> None:
    for pages in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        listed = [(o.key, o.is_prefix()) for o in pages(shelf, delimiter="/", max_keys=max_keys)]
        assert listed == [
            ("a", False),
            ("b/", True),
            ("c/", True),
            ("d", False),
            ("e f/", True),
        ]
        inside = [o.key for o in pages(shelf, prefix="b/", delimiter="/", max_keys=max_keys)]
        assert inside == ["b/1", "b/2", "b/c/", "b/d/"]


def test_a_page_tells_where_it_is(shelf: oss2.Bucket) -> None:
    page = shelf.list_objects(prefix="b/", delimiter="/", marker="b/1", max_keys=2)

    assert [o.key for o in page.object_list] == ["b/2"]
    assert page.prefix_list == ["b/c/"]
    assert (page.is_truncated, page.next_marker) == (True, "b/c/")
    line = page.object_list[0]
    assert (line.size, line.type, line.storage_class) == (3, "Normal", "Standard")
    assert line.etag == shelf.head_object("b/2").etag
    assert line.owner.id == shelf.get_bucket_info().owner.id
    last = shelf.list_objects(prefix="b/", delimiter="/", marker=page.next_marker)
    assert (last.prefix_list, last.is_truncated) == (["b/d/"], False)


def test_version_2_of_the_listing(shelf: oss2.Bucket) -> None:
    page = shelf.list_objects_v2(start_after="b/2", max_keys=2)

    assert [o.key for o in page.object_list] == ["b/c/3", "b/d/4"]
    assert page.object_list[0].owner is None
    assert page.is_truncated
    rest = shelf.list_objects_v2(
        continuation_token=page.next_continuation_token, start_after="a", fetch_owner=True
    )
    assert [o.key for o in rest.object_list] == ["c/5", "d", "e f/ü"]
    assert rest.object_list[0].owner.id == shelf.get_bucket_info().owner.id


@pytest.mark.parametrize("max_keys", ["-1", "1001", "many", "1e3", "99999999999999999999"])
def test_a_page_has_a_thousand_keys_at_most(bucket: oss2.Bucket, max_keys: str) -> None:
    for listing in (bucket.list_objects, bucket.list_objects_v2):
        with pytest.raises(exceptions.InvalidArgument) as refused:
            listing(max_keys=max_keys)
        assert refused.value.details["ArgumentName"] == "max-keys"


def test_an_odd_token_is_refused(bucket: oss2.Bucket) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        bucket.list_objects_v2(continuation_token="no token!")


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
