"""A day with versions by boto3, and conditional writes where versions are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

LARGE = b"large " * 20_000


@pytest.fixture
def kept(s3: Any, s3_bucket: str) -> str:
    """A bucket that keeps versions."""
    assert "Status" not in s3.get_bucket_versioning(Bucket=s3_bucket)
    _set(s3, s3_bucket, "Enabled")
    assert s3.get_bucket_versioning(Bucket=s3_bucket)["Status"] == "Enabled"
    return s3_bucket


def _set(s3: Any, bucket: str, to: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": to})


def refused(call: Callable[..., Any], **asked: Any) -> tuple[int, str]:
    """Status and code of the refusal of a call."""
    with pytest.raises(ClientError) as raised:
        call(**asked)
    answer = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def put(s3: Any, bucket: str, body: bytes, **more: Any) -> str:
    version_id = s3.put_object(Bucket=bucket, Key="a", Body=body, **more)["VersionId"]
    assert isinstance(version_id, str)
    return version_id


def body_of(s3: Any, bucket: str, **more: Any) -> bytes:
    content = s3.get_object(Bucket=bucket, Key="a", **more)["Body"].read()
    assert isinstance(content, bytes)
    return content


def ids(s3: Any, bucket: str) -> list[tuple[str, bool]]:
    page = s3.list_object_versions(Bucket=bucket)
    return [(v["VersionId"], v["IsLatest"]) for v in page.get("Versions", [])]


def test_reads_each_version(s3: Any, kept: str) -> None:
    one, two = put(s3, kept, b"1"), put(s3, kept, LARGE)
    assert (body_of(s3, kept), body_of(s3, kept, VersionId=one)) == (LARGE, b"1")
    head = s3.head_object(Bucket=kept, Key="a", VersionId=one)
    assert (head["ContentLength"], head["VersionId"]) == (1, one)
    assert ids(s3, kept) == [(two, True), (one, False)]
    at = {"Bucket": kept, "Key": "a"}
    assert refused(s3.get_object, **at, VersionId="0" * 32) == (404, "NoSuchVersion")
    assert refused(s3.get_object, **at, VersionId="other") == (400, "InvalidArgument")


def test_deletes_and_brings_back(s3: Any, kept: str) -> None:
    one = put(s3, kept, b"1")
    gone = s3.delete_object(Bucket=kept, Key="a")
    assert gone["DeleteMarker"] is True
    marker = gone["VersionId"]
    with pytest.raises(ClientError) as missing:
        s3.get_object(Bucket=kept, Key="a")
    told = missing.value.response
    assert told["Error"]["Code"] == "NoSuchKey"
    headers = told["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker)
    at = {"Bucket": kept, "Key": "a"}
    assert refused(s3.get_object, **at, VersionId=marker) == (405, "MethodNotAllowed")
    listed = s3.list_object_versions(Bucket=kept)["DeleteMarkers"]
    assert [(one["VersionId"], one["IsLatest"]) for one in listed] == [(marker, True)]
    assert "Contents" not in s3.list_objects_v2(Bucket=kept)
    s3.delete_object(**at, VersionId=marker)
    assert body_of(s3, kept) == b"1"
    done = s3.delete_objects(
        Bucket=kept, Delete={"Objects": [{"Key": "a", "VersionId": one}, {"Key": "b"}]}
    )["Deleted"]
    assert [(d["Key"], d.get("VersionId"), d.get("DeleteMarker")) for d in done] == [
        ("a", one, None),
        ("b", None, True),
    ]
    last = {"Key": "b", "VersionId": done[1]["DeleteMarkerVersionId"]}
    (done,) = s3.delete_objects(Bucket=kept, Delete={"Objects": [last]})["Deleted"]
    assert done == {**last, "DeleteMarker": True, "DeleteMarkerVersionId": last["VersionId"]}
    s3.delete_bucket(Bucket=kept)


def test_copies_a_former_version(s3: Any, kept: str) -> None:
    one = put(s3, kept, LARGE, Metadata={"a": "1"})
    put(s3, kept, b"2")
    source = {"Bucket": kept, "Key": "a", "VersionId": one}
    copied = s3.copy_object(Bucket=kept, Key="a", CopySource=source)
    assert (copied["CopySourceVersionId"], copied["VersionId"] != one) == (one, True)
    assert body_of(s3, kept) == LARGE
    upload = s3.create_multipart_upload(Bucket=kept, Key="a")["UploadId"]
    part = {"PartNumber": 1, "UploadId": upload, "Bucket": kept, "Key": "a"}
    told = s3.upload_part_copy(**part, CopySource=source, CopySourceRange="bytes=0-4")
    assert told["CopySourceVersionId"] == one
    parts = [{"PartNumber": 1, "ETag": told["CopyPartResult"]["ETag"]}]
    done = s3.complete_multipart_upload(
        Bucket=kept, Key="a", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert body_of(s3, kept, VersionId=done["VersionId"]) == LARGE[:5]
    marker = s3.delete_object(Bucket=kept, Key="a")["VersionId"]
    of_marker = {**source, "VersionId": marker}
    answer = refused(s3.copy_object, Bucket=kept, Key="b", CopySource=of_marker)
    assert answer == (400, "InvalidRequest")


def test_acl_and_tags_of_a_version(s3: Any, kept: str) -> None:
    one, two = put(s3, kept, b"1"), put(s3, kept, b"2")
    old = {"Bucket": kept, "Key": "a", "VersionId": one}
    s3.put_object_acl(**old, ACL="public-read")
    assert len(s3.get_object_acl(**old)["Grants"]) == 2
    assert len(s3.get_object_acl(Bucket=kept, Key="a")["Grants"]) == 1
    tags = [{"Key": "team", "Value": "web"}]
    assert s3.put_object_tagging(**old, Tagging={"TagSet": tags})["VersionId"] == one
    assert s3.get_object_tagging(**old)["TagSet"] == tags
    of_current = s3.get_object_tagging(Bucket=kept, Key="a")
    assert (of_current["TagSet"], of_current["VersionId"]) == ([], two)
    s3.delete_object_tagging(**old)
    assert s3.get_object_tagging(**old)["TagSet"] == []


def test_suspended(s3: Any, kept: str) -> None:
    one = put(s3, kept, b"1")
    _set(s3, kept, "Suspended")
    assert (put(s3, kept, b"2"), put(s3, kept, b"3")) == ("null", "null")
    assert ids(s3, kept) == [("null", True), (one, False)]
    assert s3.delete_object(Bucket=kept, Key="a")["VersionId"] == "null"
    assert ids(s3, kept) == [(one, False)]


def test_writes_on_condition(s3: Any, kept: str) -> None:
    at = {"Bucket": kept, "Key": "a"}
    one = s3.put_object(**at, Body=b"1", IfNoneMatch="*")
    failed = (412, "PreconditionFailed")
    assert refused(s3.put_object, **at, Body=b"2", IfNoneMatch="*") == failed
    two = s3.put_object(**at, Body=b"2", IfMatch=one["ETag"])
    assert refused(s3.put_object, **at, Body=b"3", IfMatch=one["ETag"]) == failed
    assert ids(s3, kept) == [(two["VersionId"], True), (one["VersionId"], False)]
    assert refused(s3.delete_object, **at, IfMatch=one["ETag"]) == failed
    s3.delete_object(**at, IfMatch=two["ETag"])
    # A delete marker is no object.
    assert refused(s3.put_object, **at, Body=b"3", IfMatch=two["ETag"]) == (404, "NoSuchKey")
    source = {"Bucket": kept, "Key": "a", "VersionId": one["VersionId"]}
    s3.copy_object(**at, CopySource=source, IfNoneMatch="*")
    assert refused(s3.copy_object, **at, CopySource=source, IfNoneMatch="*") == failed
    upload = s3.create_multipart_upload(**at)["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"4")
    made = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    completing = {**at, "UploadId": upload, "MultipartUpload": made}
    assert refused(s3.complete_multipart_upload, **completing, IfNoneMatch="*") == failed
    s3.complete_multipart_upload(**completing, IfMatch=one["ETag"])
    assert body_of(s3, kept) == b"4"


def test_deletes_many_on_condition(s3: Any, kept: str) -> None:
    one = s3.put_object(Bucket=kept, Key="a", Body=b"1")
    two = s3.put_object(Bucket=kept, Key="a", Body=b"2")
    entries = [
        {"Key": "a", "ETag": one["ETag"]},
        {"Key": "a", "VersionId": one["VersionId"], "ETag": one["ETag"]},
        {"Key": "a", "VersionId": two["VersionId"], "ETag": one["ETag"]},
        {"Key": "none", "ETag": one["ETag"]},
        {"Key": "b"},
    ]
    told = s3.delete_objects(Bucket=kept, Delete={"Objects": entries})
    assert [(e["Key"], e.get("VersionId"), e["Code"]) for e in told["Errors"]] == [
        ("a", None, "PreconditionFailed"),
        ("a", two["VersionId"], "PreconditionFailed"),
        ("none", None, "NoSuchKey"),
    ]
    assert [(d["Key"], d.get("VersionId")) for d in told["Deleted"]] == [
        ("a", one["VersionId"]),
        ("b", None),
    ]
    assert ids(s3, kept) == [(two["VersionId"], True)]


@pytest.mark.parametrize("document", [{}, {"Status": "Enabled", "MFADelete": "Enabled"}])
def test_what_no_bucket_can_be(s3: Any, s3_bucket: str, document: dict[str, str]) -> None:
    with pytest.raises(ClientError) as raised:
        s3.put_bucket_versioning(Bucket=s3_bucket, VersioningConfiguration=document)
    code = raised.value.response["Error"]["Code"]
    assert code == ("NotImplemented" if document else "InvalidArgument")
    assert "Status" not in s3.get_bucket_versioning(Bucket=s3_bucket)
