"""boto3's conditional reads and writes."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import refused

CONTENT = b"0123456789"
ETAG = f'"{hashlib.md5(CONTENT).hexdigest()}"'
OTHER_ETAG = f'"{hashlib.md5(b"other").hexdigest()}"'
DAY = timedelta(days=1)


@pytest.fixture
def bucket(s3: Any, s3_bucket: str) -> str:
    """A private bucket with the object `a.txt`."""
    s3.put_object(Bucket=s3_bucket, Key="a.txt", Body=CONTENT)
    return s3_bucket


@pytest.fixture
def modified(s3: Any, bucket: str) -> datetime:
    """When `a.txt` was put."""
    moment = s3.head_object(Bucket=bucket, Key="a.txt")["LastModified"]
    assert isinstance(moment, datetime)
    return moment


@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_reads_what_is_as_expected(s3: Any, bucket: str, modified: datetime, method: str) -> None:
    for condition in (
        {"IfMatch": ETAG},
        {"IfMatch": ETAG.strip('"')},
        {"IfMatch": "*"},
        {"IfNoneMatch": OTHER_ETAG},
        {"IfModifiedSince": modified - DAY},
        {"IfUnmodifiedSince": modified},
        {"IfMatch": ETAG, "IfUnmodifiedSince": modified - DAY},
    ):
        answer = getattr(s3, method)(Bucket=bucket, Key="a.txt", **condition)
        assert (answer["ETag"], answer["ContentLength"]) == (ETAG, 10)


@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_reads_nothing_that_is_known(s3: Any, bucket: str, modified: datetime, method: str) -> None:
    for condition in (
        {"IfNoneMatch": ETAG},
        {"IfNoneMatch": "*"},
        {"IfModifiedSince": modified},
        {"IfNoneMatch": ETAG, "IfModifiedSince": modified - DAY},
    ):
        with pytest.raises(ClientError) as known:
            getattr(s3, method)(Bucket=bucket, Key="a.txt", **condition)
        assert refused(known) == (304, "304")
        assert known.value.response["ResponseMetadata"]["HTTPHeaders"]["etag"] == ETAG


@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_reads_nothing_that_is_otherwise(
    s3: Any, bucket: str, modified: datetime, method: str
) -> None:
    code = "PreconditionFailed" if method == "get_object" else "412"
    for condition in ({"IfMatch": OTHER_ETAG}, {"IfUnmodifiedSince": modified - DAY}):
        with pytest.raises(ClientError) as otherwise:
            getattr(s3, method)(Bucket=bucket, Key="a.txt", **condition)
        assert refused(otherwise) == (412, code)


def test_writes_only_what_is_new(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="b.txt", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as taken:
        s3.put_object(Bucket=bucket, Key="b.txt", Body=b"second", IfNoneMatch="*")
    assert refused(taken) == (412, "PreconditionFailed")
    assert taken.value.response["Error"]["Condition"] == "If-None-Match"
    assert s3.get_object(Bucket=bucket, Key="b.txt")["Body"].read() == b"first"
    s3.delete_object(Bucket=bucket, Key="b.txt")
    s3.put_object(Bucket=bucket, Key="b.txt", Body=b"third", IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="b.txt")["Body"].read() == b"third"


def test_writes_only_over_what_was_read(s3: Any, bucket: str) -> None:
    second = s3.put_object(Bucket=bucket, Key="a.txt", Body=b"second", IfMatch=ETAG)["ETag"]
    with pytest.raises(ClientError) as changed:
        s3.put_object(Bucket=bucket, Key="a.txt", Body=b"third", IfMatch=ETAG)
    assert refused(changed) == (412, "PreconditionFailed")
    assert changed.value.response["Error"]["Condition"] == "If-Match"
    got = s3.get_object(Bucket=bucket, Key="a.txt")
    assert (got["ETag"], got["Body"].read()) == (second, b"second")
    with pytest.raises(ClientError) as missing:
        s3.put_object(Bucket=bucket, Key="b.txt", Body=b"x", IfMatch=ETAG)
    assert refused(missing) == (404, "NoSuchKey")


def test_copies_only_to_what_is_new(s3: Any, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "a.txt"}
    s3.copy_object(Bucket=bucket, Key="b.txt", CopySource=source, IfNoneMatch="*")
    with pytest.raises(ClientError) as taken:
        s3.copy_object(Bucket=bucket, Key="b.txt", CopySource=source, IfNoneMatch="*")
    assert refused(taken) == (412, "PreconditionFailed")


def test_deletes_only_what_was_read(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as changed:
        s3.delete_object(Bucket=bucket, Key="a.txt", IfMatch=OTHER_ETAG)
    assert refused(changed) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == CONTENT
    s3.delete_object(Bucket=bucket, Key="a.txt", IfMatch=ETAG)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_completes_only_what_is_new(s3: Any, bucket: str) -> None:
    for key, condition, status in (
        ("new.txt", {"IfNoneMatch": "*"}, 200),
        ("a.txt", {"IfNoneMatch": "*"}, 412),
        ("a.txt", {"IfMatch": OTHER_ETAG}, 412),
        ("a.txt", {"IfMatch": ETAG}, 200),
    ):
        upload = {"Bucket": bucket, "Key": key}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        sent = s3.upload_part(**upload, PartNumber=1, Body=b"part")
        parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
        if status == 200:
            s3.complete_multipart_upload(**upload, MultipartUpload=parts, **condition)
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"part"
        else:
            with pytest.raises(ClientError) as unexpected:
                s3.complete_multipart_upload(**upload, MultipartUpload=parts, **condition)
            assert refused(unexpected) == (412, "PreconditionFailed")
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == CONTENT
            s3.abort_multipart_upload(**upload)
