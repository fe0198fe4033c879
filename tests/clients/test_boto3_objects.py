"""boto3 and objects: put, read, described, tagged, opened, copied, deleted."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import granted_to_all, refused
from tests.clients.s3_store import ALL_USERS, S3Store
from tests.server_process import PATIENCE

CONTENT = b"0123456789"
ETAG = f'"{hashlib.md5(CONTENT).hexdigest()}"'
HEADERS = {
    "ContentType": "text/plain; charset=utf-8",
    "CacheControl": "max-age=60",
    "ContentDisposition": 'attachment; filename="a.txt"',
    "ContentEncoding": "identity",
    "ContentLanguage": "en, fr",
}
KEYS = ["a.txt", "in/a b+c%&=?#é.txt", "😀/", "a//b", "a/../b", "~'()*!", "tab\there", "x" * 900]
KEYS += ["/a", "//", "\\a"]


@pytest.fixture
def bucket(s3: Any, s3_bucket: str) -> str:
    """A private bucket with the object `a.txt`."""
    s3.put_object(Bucket=s3_bucket, Key="a.txt", Body=CONTENT)
    return s3_bucket


def status(answer: dict[str, Any]) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def read(s3: Any, bucket: str, key: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key[:20]))
def test_puts_reads_and_deletes(s3: Any, s3_bucket: str, key: str) -> None:
    assert s3.put_object(Bucket=s3_bucket, Key=key, Body=CONTENT)["ETag"] == ETAG
    got = s3.get_object(Bucket=s3_bucket, Key=key)
    assert got["Body"].read() == CONTENT
    told = s3.head_object(Bucket=s3_bucket, Key=key)
    for answer in (got, told):
        assert (answer["ETag"], answer["ContentLength"]) == (ETAG, 10)
        assert answer["ContentType"] == "binary/octet-stream"
        assert answer["AcceptRanges"] == "bytes"
        assert answer["Metadata"] == {}
        assert abs(answer["LastModified"] - datetime.now(UTC)) < timedelta(hours=1)
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=s3_bucket)["Contents"]] == [key]
    assert status(s3.delete_object(Bucket=s3_bucket, Key=key)) == 204
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_signs_requests_by_v2(store: S3Store, s3: Any, s3_bucket: str) -> None:
    signer = store.client(signature_version="s3")
    signer.put_object(Bucket=s3_bucket, Key="in/a b+é", Body=CONTENT, Metadata={"author": "Eric"})
    source = {"Bucket": s3_bucket, "Key": "in/a b+é"}
    signer.copy_object(Bucket=s3_bucket, Key="b", CopySource=source)
    got = signer.get_object(Bucket=s3_bucket, Key="b", ResponseContentType="text/html")
    assert (got["Body"].read(), got["ContentType"]) == (CONTENT, "text/html")
    assert got["Metadata"] == {"author": "Eric"}
    listed = signer.list_objects_v2(Bucket=s3_bucket, Prefix="in/")["Contents"]
    assert [found["Key"] for found in listed] == ["in/a b+é"]
    asked = {"Objects": [{"Key": "b"}, {"Key": "in/a b+é"}]}
    signer.delete_objects(Bucket=s3_bucket, Delete=asked)
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_puts_an_empty_object_and_overwrites_it(s3: Any, s3_bucket: str) -> None:
    assert s3.put_object(Bucket=s3_bucket, Key="a")["ETag"] == f'"{hashlib.md5().hexdigest()}"'
    assert read(s3, s3_bucket, "a") == b""
    s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT)
    assert read(s3, s3_bucket, "a") == CONTENT


def test_keeps_headers_and_metadata(s3: Any, s3_bucket: str) -> None:
    metadata = {"author": "Eric", "two-words": "a  b", "empty": ""}
    s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT, Metadata=metadata, **HEADERS)
    for method in (s3.get_object, s3.head_object):
        answer = method(Bucket=s3_bucket, Key="a")
        assert {name: answer[name] for name in HEADERS} == HEADERS
        assert answer["Metadata"] == metadata


def test_keeps_the_storage_class(s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT, StorageClass="STANDARD")
    assert "StorageClass" not in s3.head_object(Bucket=s3_bucket, Key="a")
    assert [o["StorageClass"] for o in s3.list_objects_v2(Bucket=s3_bucket)["Contents"]] == [
        "STANDARD"
    ]


def test_reads_with_other_headers(s3: Any, bucket: str) -> None:
    answer = s3.get_object(
        Bucket=bucket,
        Key="a.txt",
        ResponseContentType="text/html",
        ResponseContentDisposition="attachment",
        ResponseCacheControl="no-store",
    )
    assert answer["ContentType"] == "text/html"
    assert answer["ContentDisposition"] == "attachment"
    assert answer["CacheControl"] == "no-store"


def test_misses_what_is_not_there(s3: Any, bucket: str) -> None:
    with pytest.raises(s3.exceptions.NoSuchKey) as missing:
        s3.get_object(Bucket=bucket, Key="b.txt")
    assert missing.value.response["Error"]["Message"] == "The specified key does not exist."
    assert missing.value.response["Error"]["Key"] == "b.txt"
    with pytest.raises(ClientError) as missing:
        s3.head_object(Bucket=bucket, Key="b.txt")
    assert refused(missing) == (404, "404")
    assert status(s3.delete_object(Bucket=bucket, Key="b.txt")) == 204
    for method in (s3.get_object, s3.put_object, s3.delete_object):
        with pytest.raises(s3.exceptions.NoSuchBucket) as missing:
            method(Bucket="not-there", Key="a.txt")
        assert refused(missing) == (404, "NoSuchBucket")


@pytest.mark.parametrize(
    ("asked", "got", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_reads_a_range(s3: Any, bucket: str, asked: str, got: bytes, told: str) -> None:
    answer = s3.get_object(Bucket=bucket, Key="a.txt", Range=asked)
    assert (status(answer), answer["ContentRange"]) == (206, told)
    assert (answer["Body"].read(), answer["ContentLength"]) == (got, len(got))


def test_refuses_a_range_behind_the_end(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as behind:
        s3.get_object(Bucket=bucket, Key="a.txt", Range="bytes=10-")
    assert refused(behind) == (416, "InvalidRange")


def test_tags_an_object(s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="a", Body=CONTENT, Tagging="b=c%20d&a=")
    assert s3.get_object(Bucket=s3_bucket, Key="a")["TagCount"] == 2
    assert tags(s3, s3_bucket, "a") == {"a": "", "b": "c d"}
    new = {"TagSet": [{"Key": "x", "Value": "1"}]}
    s3.put_object_tagging(Bucket=s3_bucket, Key="a", Tagging=new)
    assert tags(s3, s3_bucket, "a") == {"x": "1"}
    assert status(s3.delete_object_tagging(Bucket=s3_bucket, Key="a")) == 204
    assert tags(s3, s3_bucket, "a") == {}


def tags(s3: Any, bucket: str, key: str) -> dict[str, str]:
    """An object's, by name."""
    kept = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in kept}


def test_gives_an_object_a_canned_acl(store: S3Store, s3: Any, bucket: str) -> None:
    url = f"{store.url}/{bucket}/a.txt"
    assert granted_to_all(s3.get_object_acl(Bucket=bucket, Key="a.txt")) == []
    assert requests.get(url, timeout=PATIENCE).status_code == 403
    s3.put_object_acl(Bucket=bucket, Key="a.txt", ACL="public-read")
    assert granted_to_all(s3.get_object_acl(Bucket=bucket, Key="a.txt")) == ["READ"]
    assert requests.get(url, timeout=PATIENCE).content == CONTENT
    s3.put_object(Bucket=bucket, Key="a.txt", Body=CONTENT)
    assert requests.get(url, timeout=PATIENCE).status_code == 403
    s3.put_object(Bucket=bucket, Key="a.txt", Body=CONTENT, ACL="public-read")
    assert requests.get(url, timeout=PATIENCE).content == CONTENT


def test_gives_an_object_an_acl_as_xml(s3: Any, bucket: str) -> None:
    before = s3.get_object_acl(Bucket=bucket, Key="a.txt")
    to_all = {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"}
    policy = {"Owner": before["Owner"], "Grants": [*before["Grants"], to_all]}
    s3.put_object_acl(Bucket=bucket, Key="a.txt", AccessControlPolicy=policy)
    assert granted_to_all(s3.get_object_acl(Bucket=bucket, Key="a.txt")) == ["READ"]


def test_copies_with_all_that_describes_it(s3: Any, s3_bucket: str) -> None:
    source = {"Bucket": s3_bucket, "Key": "in/a b+é.txt"}
    described = {"Metadata": {"author": "Eric"}, **HEADERS}
    s3.put_object(**source, Body=CONTENT, Tagging="a=b", **described)
    copied = s3.copy_object(Bucket=s3_bucket, Key="b", CopySource=source)["CopyObjectResult"]
    assert copied["ETag"] == ETAG
    assert abs(copied["LastModified"] - datetime.now(UTC)) < timedelta(hours=1)
    got = s3.get_object(Bucket=s3_bucket, Key="b")
    assert got["Body"].read() == CONTENT
    assert {name: got[name] for name in described} == described
    assert tags(s3, s3_bucket, "b") == {"a": "b"}


def test_copies_and_describes_anew(s3: Any, s3_bucket: str) -> None:
    source = {"Bucket": s3_bucket, "Key": "a"}
    s3.put_object(**source, Body=CONTENT, Metadata={"author": "Eric"}, Tagging="a=b", **HEADERS)
    new = {"Metadata": {"reader": "Ann"}, "ContentType": "text/html"}
    for key in ("b", "a"):
        s3.copy_object(
            Bucket=s3_bucket,
            Key=key,
            CopySource=source,
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
            Tagging="c=d",
            **new,
        )
        got = s3.get_object(Bucket=s3_bucket, Key=key)
        assert got["Body"].read() == CONTENT
        assert {name: got[name] for name in new} == new
        assert "CacheControl" not in got
        assert tags(s3, s3_bucket, key) == {"c": "d"}


def test_copies_nothing_onto_itself(s3: Any, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "a.txt"}
    with pytest.raises(ClientError) as useless:
        s3.copy_object(**source, CopySource=source)
    assert refused(useless) == (400, "InvalidRequest")


def test_copies_if_the_source_is_as_expected(s3: Any, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "a.txt"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source, CopySourceIfMatch=ETAG)
    assert read(s3, bucket, "b") == CONTENT
    with pytest.raises(ClientError) as another:
        s3.copy_object(Bucket=bucket, Key="c", CopySource=source, CopySourceIfNoneMatch=ETAG)
    assert refused(another) == (412, "PreconditionFailed")
    with pytest.raises(ClientError) as missing:
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "gone"})
    assert refused(missing) == (404, "NoSuchKey")


def test_deletes_many(s3: Any, s3_bucket: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket=s3_bucket, Key=key, Body=CONTENT)
    asked = [{"Key": key} for key in [*KEYS[1:], "never there"]]
    answer = s3.delete_objects(Bucket=s3_bucket, Delete={"Objects": asked})
    assert {d["Key"] for d in answer["Deleted"]} == {a["Key"] for a in asked}
    assert "Errors" not in answer
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=s3_bucket)["Contents"]] == KEYS[:1]
    quiet = {"Objects": [{"Key": KEYS[0], "VersionId": "null"}], "Quiet": True}
    answer = s3.delete_objects(Bucket=s3_bucket, Delete=quiet)
    assert ("Deleted" in answer, "Errors" in answer) == (False, False)
    assert "Contents" not in s3.list_objects_v2(Bucket=s3_bucket)


def test_waits_for_an_object(s3: Any, bucket: str) -> None:
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="a.txt")
    s3.delete_object(Bucket=bucket, Key="a.txt")
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="a.txt")


def test_works_through_resources(store: S3Store, s3_bucket: str, tmp_path: Path) -> None:
    bucket = store.resource().Bucket(s3_bucket)
    (tmp_path / "a.txt").write_bytes(CONTENT)
    bucket.upload_file(str(tmp_path / "a.txt"), "in/a.txt")
    bucket.put_object(Key="in/b.txt", Body=b"b", Metadata={"author": "Eric"})
    bucket.Object("c.txt").copy_from(CopySource={"Bucket": s3_bucket, "Key": "in/b.txt"})
    assert {(found.key, found.size) for found in bucket.objects.all()} == {
        ("in/a.txt", 10),
        ("in/b.txt", 1),
        ("c.txt", 1),
    }
    copied = bucket.Object("c.txt")
    assert (copied.metadata, copied.get()["Body"].read()) == ({"author": "Eric"}, b"b")
    bucket.objects.filter(Prefix="in/").delete()
    assert [found.key for found in bucket.objects.all()] == ["c.txt"]
    bucket.object_versions.delete()
    assert list(bucket.objects.all()) == []
    bucket.delete()
    assert bucket.creation_date is None


def test_tags_of_all_languages(s3: Any, bucket: str) -> None:
    tags = [{"Key": "mail", "Value": "jürgen@example.com"}, {"Key": "日本", "Value": "東京 1"}]
    at = {"Bucket": bucket, "Key": "a.txt"}
    s3.put_object_tagging(**at, Tagging={"TagSet": tags})
    assert s3.get_object_tagging(**at)["TagSet"] == tags
    s3.put_object(**at, Body=CONTENT, Tagging="mail=a%40b.example")
    assert s3.get_object_tagging(**at)["TagSet"] == [{"Key": "mail", "Value": "a@b.example"}]
    with pytest.raises(ClientError) as caught:
        s3.put_object_tagging(**at, Tagging={"TagSet": [{"Key": "a*b", "Value": ""}]})
    assert refused(caught) == (400, "InvalidTag")


def test_keys_that_are_none(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="x" * 1024, Body=CONTENT)
    assert refused(caught) == (400, "KeyTooLongError")
    listed = [{"Key": "a.txt"}, {"Key": "x" * 1024}]
    told = s3.delete_objects(Bucket=bucket, Delete={"Objects": listed})
    assert [one["Key"] for one in told["Deleted"]] == ["a.txt"]
    assert [one["Code"] for one in told["Errors"]] == ["KeyTooLongError"]
