"""minio-py's ordinary day: buckets, objects, copies, tags, signed URLs, forms."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import urllib3
from minio import Minio, S3Error
from minio.commonconfig import REPLACE, ComposeSource, CopySource, Tags
from minio.datatypes import PostPolicy
from minio.deleteobjects import DeleteObject

from pillarbox.forms import Credentials
from tests.clients.s3_store import S3Store, new_s3_bucket_name, s3_store
from tests.server_process import PATIENCE

MIB = 1 << 20
CONTENT = b"".join(number.to_bytes(8, "big") for number in range(11 * MIB // 8)) + b"the end"
KEYS = ["a.txt", "dir/1 + 2.txt", "dir/sub/é.txt", "dir/", "z"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    """A store that takes any region: minio-py signs for the one that the bucket says."""
    with s3_store(tmp_path_factory.mktemp("s3"), region=None) as running:
        yield running


@pytest.fixture(scope="module")
def minio(store: S3Store) -> Minio:
    return client_of(store, store.key)


@pytest.fixture
def bucket(minio: Minio) -> str:
    """A new private bucket: its name."""
    name = new_s3_bucket_name()
    minio.make_bucket(name)
    return name


def client_of(store: S3Store, key: Credentials) -> Minio:
    """minio-py's, which tries once."""
    once = urllib3.PoolManager(retries=False, timeout=PATIENCE)
    return Minio(
        store.host, key.access_key_id, key.access_key_secret, secure=False, http_client=once
    )


def put(minio: Minio, bucket: str, key: str, content: bytes = b"bytes") -> None:
    minio.put_object(bucket, key, io.BytesIO(content), len(content))


def read(minio: Minio, bucket: str, key: str) -> bytes:
    with minio.get_object(bucket, key) as answer:
        return bytes(answer.read())


def test_makes_finds_and_removes_buckets(minio: Minio, bucket: str) -> None:
    assert minio.bucket_exists(bucket)
    assert not minio.bucket_exists("not-there")
    listed = {found.name: found.creation_date for found in minio.list_buckets()}
    made = listed[bucket]
    assert made is not None
    assert abs(made - datetime.now(UTC)) < timedelta(hours=1)
    put(minio, bucket, "a.txt")
    with pytest.raises(S3Error) as full:
        minio.remove_bucket(bucket)
    assert full.value.code == "BucketNotEmpty"
    minio.remove_object(bucket, "a.txt")
    minio.remove_bucket(bucket)
    assert not minio.bucket_exists(bucket)


def test_signs_for_the_region_of_a_bucket(store: S3Store, minio: Minio) -> None:
    name = new_s3_bucket_name()
    minio.make_bucket(name, location="eu-central-1")
    # It knows nothing of the bucket, and asks where it is before anything else.
    newcomer = client_of(store, store.key)
    put(newcomer, name, "a.txt")
    assert "/eu-central-1/s3/" in newcomer.presigned_get_object(name, "a.txt").replace("%2F", "/")
    assert read(minio, name, "a.txt") == b"bytes"


def test_puts_an_object_of_known_length(minio: Minio, bucket: str) -> None:
    tags = Tags.new_object_tags()
    tags["project"] = "post office"
    written = minio.put_object(
        bucket,
        "in/a b+é.txt",
        io.BytesIO(b"bytes"),
        5,
        content_type="text/plain",
        metadata={"author": "Eric", "Cache-Control": "no-cache"},
        tags=tags,
    )
    assert (written.etag, written.version_id) == (hashlib.md5(b"bytes").hexdigest(), None)
    assert read(minio, bucket, "in/a b+é.txt") == b"bytes"
    told = minio.stat_object(bucket, "in/a b+é.txt")
    assert (told.etag, told.size, told.content_type) == (written.etag, 5, "text/plain")
    assert told.last_modified is not None
    assert abs(told.last_modified - datetime.now(UTC)) < timedelta(hours=1)
    assert told.metadata is not None
    assert told.metadata["x-amz-meta-author"] == "Eric"
    assert told.metadata["cache-control"] == "no-cache"
    assert minio.get_object_tags(bucket, "in/a b+é.txt") == {"project": "post office"}


def test_puts_a_stream_of_unknown_length(minio: Minio, bucket: str) -> None:
    written = minio.put_object(bucket, "a", io.BytesIO(CONTENT), -1, part_size=5 * MIB)
    assert str(written.etag).endswith("-3")
    assert minio.stat_object(bucket, "a").size == len(CONTENT)
    assert read(minio, bucket, "a") == CONTENT
    written = minio.put_object(bucket, "b", io.BytesIO(b"short"), -1, part_size=5 * MIB)
    assert written.etag == hashlib.md5(b"short").hexdigest()
    assert read(minio, bucket, "b") == b"short"


def test_moves_files(minio: Minio, bucket: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source.bin", tmp_path / "in" / "target.bin"
    source.write_bytes(CONTENT)
    minio.fput_object(bucket, "a", str(source), content_type="image/png", part_size=5 * MIB)
    told = minio.fget_object(bucket, "a", str(target))
    assert (target.read_bytes() == CONTENT, told.content_type) == (True, "image/png")


def test_reads_a_part_of_an_object(minio: Minio, bucket: str) -> None:
    put(minio, bucket, "a", b"0123456789")
    with minio.get_object(bucket, "a", offset=2, length=3) as answer:
        assert answer.read() == b"234"
    with minio.get_object(bucket, "a", offset=7) as answer:
        assert answer.read() == b"789"


def test_misses_what_is_not_there(minio: Minio, bucket: str) -> None:
    for call in (minio.get_object, minio.stat_object):
        with pytest.raises(S3Error) as missing:
            call(bucket, "a")
        assert missing.value.code == "NoSuchKey"
    minio.remove_object(bucket, "a")
    with pytest.raises(S3Error) as missing:
        put(minio, "not-there", "a")
    assert missing.value.code == "NoSuchBucket"


@pytest.mark.parametrize("first_version", [False, True], ids=["v2", "v1"])
def test_lists_objects(minio: Minio, bucket: str, first_version: bool) -> None:
    for key in KEYS:
        put(minio, bucket, key)
    everything = list(minio.list_objects(bucket, recursive=True, use_api_v1=first_version))
    assert [found.object_name for found in everything] == sorted(KEYS)
    assert {(found.size, found.etag) for found in everything} == {
        (5, hashlib.md5(b"bytes").hexdigest())
    }
    top = list(minio.list_objects(bucket, use_api_v1=first_version))
    assert {found.object_name: found.is_dir for found in top} == {
        "a.txt": False,
        "dir/": True,
        "z": False,
    }
    inside = minio.list_objects(bucket, prefix="dir/", start_after="dir/", use_api_v1=first_version)
    assert [found.object_name for found in inside] == ["dir/1 + 2.txt", "dir/sub/"]
    pages = minio.list_objects(
        bucket, recursive=True, use_api_v1=first_version, extra_query_params={"max-keys": "2"}
    )
    assert [found.object_name for found in pages] == sorted(KEYS)


def test_lists_versions(minio: Minio, bucket: str) -> None:
    for key in KEYS:
        put(minio, bucket, key)
    listed = list(minio.list_objects(bucket, recursive=True, include_version=True))
    assert [found.object_name for found in listed] == sorted(KEYS)
    assert {(found.version_id, found.is_latest) for found in listed} == {("null", "true")}


def test_copies_objects(minio: Minio, bucket: str) -> None:
    minio.put_object(
        bucket, "a b", io.BytesIO(b"bytes"), 5, "text/plain", metadata={"author": "Eric"}
    )
    etag = hashlib.md5(b"bytes").hexdigest()
    copied = minio.copy_object(bucket, "b", CopySource(bucket, "a b", match_etag=etag))
    assert copied.etag == etag
    told = minio.stat_object(bucket, "b")
    assert told.metadata is not None
    assert (told.content_type, told.metadata["x-amz-meta-author"]) == ("text/plain", "Eric")
    minio.copy_object(
        bucket,
        "c",
        CopySource(bucket, "a b"),
        metadata={"reader": "Ann"},
        metadata_directive=REPLACE,
    )
    told = minio.stat_object(bucket, "c")
    assert told.metadata is not None
    assert told.metadata["x-amz-meta-reader"] == "Ann"
    assert "x-amz-meta-author" not in told.metadata
    with pytest.raises(S3Error) as otherwise:
        minio.copy_object(bucket, "d", CopySource(bucket, "a b", not_match_etag=etag))
    assert otherwise.value.code == "PreconditionFailed"


def test_composes_objects(minio: Minio, bucket: str) -> None:
    put(minio, bucket, "first", CONTENT)
    put(minio, bucket, "last", b"and more")
    sources = [ComposeSource(bucket, "first"), ComposeSource(bucket, "last")]
    made = minio.compose_object(bucket, "all", sources, metadata={"author": "Eric"})
    assert str(made.etag).endswith("-2")
    assert read(minio, bucket, "all") == CONTENT + b"and more"
    piece = ComposeSource(bucket, "first", offset=8, length=16)
    minio.compose_object(bucket, "piece", [piece])
    assert read(minio, bucket, "piece") == CONTENT[8:24]


def test_tags_buckets_and_objects(minio: Minio, bucket: str) -> None:
    put(minio, bucket, "a")
    assert minio.get_bucket_tags(bucket) is None
    assert minio.get_object_tags(bucket, "a") is None
    of_bucket, of_object = Tags.new_bucket_tags(), Tags.new_object_tags()
    of_bucket["project"], of_object["author"] = "post office", "Eric + Ann"
    minio.set_bucket_tags(bucket, of_bucket)
    minio.set_object_tags(bucket, "a", of_object)
    assert minio.get_bucket_tags(bucket) == of_bucket
    assert minio.get_object_tags(bucket, "a") == of_object
    minio.delete_bucket_tags(bucket)
    minio.delete_object_tags(bucket, "a")
    assert minio.get_bucket_tags(bucket) is None
    assert minio.get_object_tags(bucket, "a") is None


def test_signs_urls(minio: Minio, bucket: str) -> None:
    url = minio.presigned_put_object(bucket, "in/a b.txt", expires=timedelta(minutes=5))
    assert requests.put(url, data=b"bytes", timeout=PATIENCE).status_code == 200
    url = minio.presigned_get_object(
        bucket, "in/a b.txt", response_headers={"response-content-type": "text/html"}
    )
    answer = requests.get(url, timeout=PATIENCE)
    assert (answer.content, answer.headers["Content-Type"]) == (b"bytes", "text/html")
    refused = requests.get(url.replace("a%20b", "b"), timeout=PATIENCE)
    assert (refused.status_code, "<Code>SignatureDoesNotMatch</Code>" in refused.text) == (
        403,
        True,
    )
    url = minio.get_presigned_url("DELETE", bucket, "in/a b.txt")
    assert requests.delete(url, timeout=PATIENCE).status_code == 204
    assert list(minio.list_objects(bucket)) == []


def test_signs_forms(store: S3Store, minio: Minio, bucket: str) -> None:
    policy = PostPolicy(bucket, datetime.now(UTC) + timedelta(minutes=5))
    policy.add_starts_with_condition("key", "in/")
    policy.add_equals_condition("Content-Type", "text/plain")
    policy.add_equals_condition("x-amz-meta-author", "Eric")
    policy.add_equals_condition("success_action_status", "201")
    policy.add_content_length_range_condition(1, 10)
    fields = {
        **minio.presigned_post_policy(policy),
        "key": "in/${filename}",
        "Content-Type": "text/plain",
        "x-amz-meta-author": "Eric",
        "success_action_status": "201",
    }
    url = f"{store.url}/{bucket}"
    file = {"file": ("a.txt", b"bytes")}
    answer = requests.post(url, data=fields, files=file, timeout=PATIENCE)
    assert (answer.status_code, "<Key>in/a.txt</Key>" in answer.text) == (201, True)
    assert read(minio, bucket, "in/a.txt") == b"bytes"
    told = minio.stat_object(bucket, "in/a.txt")
    assert told.metadata is not None
    assert (told.content_type, told.metadata["x-amz-meta-author"]) == ("text/plain", "Eric")
    fields["key"] = "elsewhere/${filename}"
    refused = requests.post(url, data=fields, files=file, timeout=PATIENCE)
    assert (refused.status_code, "<Code>AccessDenied</Code>" in refused.text) == (403, True)


def test_removes_many(minio: Minio, bucket: str) -> None:
    for key in KEYS:
        put(minio, bucket, key)
    listed = minio.list_objects(bucket, recursive=True)
    asked = [DeleteObject(str(found.object_name)) for found in listed]
    assert list(minio.remove_objects(bucket, [*asked, DeleteObject("never there")])) == []
    assert list(minio.list_objects(bucket, recursive=True)) == []
    minio.remove_bucket(bucket)


def test_is_refused_in_anothers_bucket(store: S3Store, minio: Minio, bucket: str) -> None:
    other = client_of(store, store.other_key)
    put(minio, bucket, "a")
    assert bucket not in {found.name for found in other.list_buckets()}
    for call in (
        lambda: other.bucket_exists(bucket),
        lambda: list(other.list_objects(bucket)),
        lambda: other.get_object(bucket, "a"),
        lambda: put(other, bucket, "a", b"theirs"),
        lambda: other.remove_object(bucket, "a"),
    ):
        with pytest.raises(S3Error) as denied:
            call()
        assert denied.value.code == "AccessDenied"
    assert read(minio, bucket, "a") == b"bytes"
