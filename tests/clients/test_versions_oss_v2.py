"""A day with versions by the second SDK of OSS for Python."""

from __future__ import annotations

from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess


@pytest.fixture(params=["v1", "v4"])
def client(module_server: ServerProcess, request: pytest.FixtureRequest) -> oss.Client:
    return client_of(module_server, request.param)


@pytest.fixture
def kept(client: oss.Client, bucket: oss2.Bucket) -> str:
    """The name of a bucket that keeps versions."""
    name: str = bucket.bucket_name
    rule = oss.VersioningConfiguration(status="Enabled")
    client.put_bucket_versioning(
        oss.PutBucketVersioningRequest(bucket=name, versioning_configuration=rule)
    )
    told = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=name))
    assert told.version_status == "Enabled"
    return name


def put(client: oss.Client, bucket: str, body: bytes) -> str:
    stored = client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=body))
    assert stored.version_id is not None
    return str(stored.version_id)


def body_of(client: oss.Client, bucket: str, version_id: str | None = None) -> Any:
    request = oss.GetObjectRequest(bucket=bucket, key="a", version_id=version_id)
    return client.get_object(request).body.content


def listed(client: oss.Client, bucket: str) -> oss.ListObjectVersionsResult:
    return client.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))


def test_a_day(client: oss.Client, kept: str) -> None:
    one, two = put(client, kept, b"1"), put(client, kept, b"22")
    assert body_of(client, kept, one) == b"1"
    head = client.head_object(oss.HeadObjectRequest(bucket=kept, key="a", version_id=one))
    assert (head.content_length, head.version_id) == (1, one)
    assert [(v.version_id, v.is_latest) for v in listed(client, kept).version or []] == [
        (two, True),
        (one, False),
    ]
    gone = client.delete_object(oss.DeleteObjectRequest(bucket=kept, key="a"))
    assert gone.delete_marker is True
    markers = listed(client, kept).delete_marker or []
    assert [(m.version_id, m.is_latest) for m in markers] == [(gone.version_id, True)]
    with pytest.raises(oss.exceptions.OperationError) as missing:
        body_of(client, kept)
    assert missing.value.unwrap().code == "NoSuchKey"
    copied = client.copy_object(
        oss.CopyObjectRequest(
            bucket=kept, key="a", source_bucket=kept, source_key="a", source_version_id=one
        )
    )
    assert copied.source_version_id == one
    assert body_of(client, kept) == b"1"
    client.put_object_acl(
        oss.PutObjectAclRequest(bucket=kept, key="a", acl="private", version_id=two)
    )
    acl = client.get_object_acl(oss.GetObjectAclRequest(bucket=kept, key="a", version_id=two))
    assert acl.acl == "private"
    every = [
        oss.DeleteObject(key="a", version_id=version_id)
        for version_id in (one, two, copied.version_id, gone.version_id)
    ]
    done = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=kept, objects=every)
    )
    assert [one.version_id for one in done.deleted_objects or []] == [
        one.version_id for one in every
    ]
    client.delete_bucket(oss.DeleteBucketRequest(bucket=kept))


def test_pages(client: oss.Client, kept: str) -> None:
    made = [put(client, kept, b"%d" % n) for n in range(7)]
    pages = client.list_object_versions_paginator(limit=3)
    found = [
        version.version_id
        for page in pages.iter_page(oss.ListObjectVersionsRequest(bucket=kept))
        for version in page.version or []
    ]
    assert found == made[::-1]
