"""What one dialect's client puts, the other's reads: all of it, both ways."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import oss2
import pytest
from botocore.exceptions import ClientError

from tests.clients.dialect_clients import (
    CLASSES,
    Boto3Client,
    DialectClient,
    Oss2Client,
    Said,
    Seen,
)
from tests.clients.s3_store import S3Store, new_s3_bucket_name

#: Larger than what is kept in the catalog.
CONTENT = bytes(range(256)) * 300
#: S3 wants 5 MiB of a part that is not the last.
PARTS = [b"a" * (5 << 20), b"the end"]
BINARY = "binary/octet-stream"

FULL = Said(
    {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "max-age=60",
        "Content-Disposition": 'attachment; filename="a.txt"',
        "Content-Encoding": "x-own",
        "Content-Language": "de",
        "Expires": "Fri, 01 Jan 2100 00:00:00 GMT",
    },
    {"name": "value 1", "other-name": "2"},
    {"project": "a b", "stage": "one"},
    "public-read",
    "IA",
)

#: What is said of an object: nothing but its type, each thing alone, and all at once.
SAID: Mapping[str, Said] = {
    "type": Said({"Content-Type": "image/png"}, acl="private"),
    "metadata": Said(
        {"Content-Type": BINARY}, {"a": "1", "b-c": "é".encode().hex()}, acl="private"
    ),
    "tags": Said({"Content-Type": BINARY}, tags={"k": "", "a+b": "c=d"}, acl="private"),
    "public": Said({"Content-Type": BINARY}, acl="public-read-write"),
    "archive": Said({"Content-Type": BINARY}, acl="private", storage_class="Archive"),
    "all": FULL,
}


@pytest.fixture
def s3_bucket(store: S3Store) -> str:
    """A bucket that a client of OSS made: one of S3 holds V1 forms to S3's coverage."""
    name = new_s3_bucket_name()
    Oss2Client(store, name).bucket.create_bucket()
    return name


@pytest.fixture
def clients(store: S3Store, s3_bucket: str) -> dict[str, DialectClient]:
    """Of both dialects, at one new bucket."""
    return {"oss": Oss2Client(store, s3_bucket), "s3": Boto3Client(store, s3_bucket)}


def other(clients: dict[str, DialectClient], dialect: str) -> DialectClient:
    return clients["s3" if dialect == "oss" else "oss"]


both_ways = pytest.mark.parametrize("writer", ["oss", "s3"])


def _put(client: DialectClient, way: str, key: str, said: Said) -> tuple[str, bytes]:
    """Put an object in one way; the ETag that was told, and its bytes."""
    if way == "multipart":
        return client.upload(key, PARTS, said), b"".join(PARTS)
    put = client.put if way == "put" else client.post
    return put(key, CONTENT, said), CONTENT


def _etag(way: str) -> str:
    if way != "multipart":
        return hashlib.md5(CONTENT).hexdigest()
    digests = b"".join(hashlib.md5(part).digest() for part in PARTS)
    return f"{hashlib.md5(digests).hexdigest()}-{len(PARTS)}"


@both_ways
@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("way", ["put", "post", "multipart"])
def test_an_object(clients: dict[str, DialectClient], writer: str, way: str, said: str) -> None:
    told, content = _put(clients[writer], way, "a/b.txt", SAID[said])
    assert told == (told.upper() if writer == "oss" else told.lower())
    expected = Seen(content, _etag(way), SAID[said])
    assert told.lower() == expected.etag
    assert clients[writer].see("a/b.txt") == expected
    assert other(clients, writer).see("a/b.txt") == expected


@both_ways
@pytest.mark.parametrize("way", ["put", "multipart"])
def test_a_copy(clients: dict[str, DialectClient], writer: str, way: str) -> None:
    _put(clients[writer], way, "source", FULL)
    copier = other(clients, writer)
    told = copier.copy("source", "copy")
    assert told.lower() == _etag("put") or way == "multipart"
    source = clients[writer].see("source")
    for client in clients.values():
        seen = client.see("copy")
        assert (seen.content, seen.said.headers) == (source.content, source.said.headers)
        assert (seen.said.metadata, seen.said.tags) == (source.said.metadata, source.said.tags)
        # ACL and class are not copied in either dialect.
        assert (seen.said.acl, seen.said.storage_class) == ("private", "Standard")
        assert seen.etag == told.lower()


@both_ways
def test_an_overwrite_and_a_removal(clients: dict[str, DialectClient], writer: str) -> None:
    plain = Said({"Content-Type": "text/plain"})
    clients[writer].put("a", b"first", FULL)
    other(clients, writer).put("a", b"second", plain)
    assert clients[writer].see("a").content == b"second"
    assert clients[writer].see("a").said.tags == {}
    clients[writer].put("b", b"b", plain)
    other(clients, writer).delete(["a", "b", "none"])
    assert clients[writer].listed() == other(clients, writer).listed() == []


@both_ways
def test_an_acl_that_is_changed(clients: dict[str, DialectClient], writer: str) -> None:
    clients[writer].put("a", b"a", SAID["type"])
    for acl in ("public-read", "public-read-write", "private"):
        other(clients, writer).set_acl("a", acl)
        assert clients[writer].see("a").said.acl == acl
        assert other(clients, writer).see("a").said.acl == acl


def test_a_listing(clients: dict[str, DialectClient]) -> None:
    wanted = []
    for number, storage_class in enumerate(CLASSES):
        for dialect, client in clients.items():
            key = f"{number} +%/{dialect}é\x7f"
            client.put(key, b"a" * number, Said(storage_class=storage_class))
            digest = hashlib.md5(b"a" * number).hexdigest()
            wanted.append((key, digest, number, storage_class))
    wanted.sort()
    assert clients["s3"].listed() == wanted
    assert clients["oss"].listed() == [
        (key, etag.upper(), size, storage_class) for key, etag, size, storage_class in wanted
    ]


@both_ways
def test_the_tags_of_a_bucket(clients: dict[str, DialectClient], writer: str) -> None:
    for tags in ({"a": "1", "b c": "é"}, {"d": ""}):
        clients[writer].tag(tags)
        assert clients[writer].tags() == tags
        assert other(clients, writer).tags() == tags


@both_ways
def test_cors_rules(clients: dict[str, DialectClient], writer: str) -> None:
    for origin in ("https://a.example", "*"):
        clients[writer].allow_origin(origin)
        assert clients[writer].origins() == [([origin], ["PUT"], ["*"], 60)]
        assert other(clients, writer).origins() == [([origin], ["PUT"], ["*"], 60)]


# --- one upload in parts by both -----------------------------------------------------------------


@pytest.mark.parametrize("completer", ["oss", "s3"])
def test_an_upload_whose_parts_come_by_both(
    clients: dict[str, Any], s3_bucket: str, completer: str
) -> None:
    bucket, s3 = clients["oss"].bucket, clients["s3"].s3
    upload_id = bucket.init_multipart_upload("a").upload_id
    target = {"Bucket": s3_bucket, "Key": "a", "UploadId": upload_id}
    first = bucket.upload_part("a", upload_id, 1, PARTS[0]).etag
    second = s3.upload_part(**target, PartNumber=2, Body=PARTS[1])["ETag"].strip('"')
    listed = s3.list_parts(**target)["Parts"]
    assert [part["ETag"].strip('"') for part in listed] == [first.lower(), second]
    assert [part.etag for part in bucket.list_parts("a", upload_id).parts] == [
        first,
        second.upper(),
    ]
    if completer == "oss":
        parts = [oss2.models.PartInfo(1, first), oss2.models.PartInfo(2, second)]
        bucket.complete_multipart_upload("a", upload_id, parts)
    else:
        done = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": f'"{second}"'}]
        s3.complete_multipart_upload(**target, MultipartUpload={"Parts": done})
    for client in clients.values():
        seen = client.see("a")
        assert (seen.content, seen.etag) == (b"".join(PARTS), _etag("multipart"))


@both_ways
def test_an_upload_that_the_other_lists_and_aborts(
    clients: dict[str, Any], s3_bucket: str, writer: str
) -> None:
    bucket, s3 = clients["oss"].bucket, clients["s3"].s3
    if writer == "oss":
        upload_id = bucket.init_multipart_upload("a").upload_id
        (found,) = s3.list_multipart_uploads(Bucket=s3_bucket)["Uploads"]
        assert (found["Key"], found["UploadId"]) == ("a", upload_id)
        s3.abort_multipart_upload(Bucket=s3_bucket, Key="a", UploadId=upload_id)
        with pytest.raises(oss2.exceptions.NoSuchUpload):
            bucket.list_parts("a", upload_id)
    else:
        upload_id = s3.create_multipart_upload(Bucket=s3_bucket, Key="a")["UploadId"]
        (found,) = bucket.list_multipart_uploads().upload_list
        assert (found.key, found.upload_id) == ("a", upload_id)
        bucket.abort_multipart_upload("a", upload_id)
        with pytest.raises(ClientError, match="NoSuchUpload"):
            s3.list_parts(Bucket=s3_bucket, Key="a", UploadId=upload_id)
