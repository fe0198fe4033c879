"""Clients have archived objects thawed, which are read at once here, and then read them."""

from __future__ import annotations

from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from botocore.exceptions import ClientError

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.boto3_answers import refused
from tests.clients.test_oss_v2 import client_of, refusal_of
from tests.server_process import ServerProcess

FROZEN = {"x-oss-storage-class": oss2.BUCKET_STORAGE_CLASS_COLD_ARCHIVE}


def test_oss2(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"ice", FROZEN)
    job = oss2.models.RestoreJobParameters(oss2.models.RESTORE_TIER_STANDARD)
    for configuration in (None, oss2.models.RestoreConfiguration(2, job)):
        assert bucket.restore_object("a", input=configuration).status == 202
    # As its documentation waits for an object.
    assert bucket.head_object("a").headers["x-oss-restore"] != 'ongoing-request="true"'
    assert bucket.get_object("a").read() == b"ice"
    bucket.put_object("b", b"warm")
    with pytest.raises(oss2.exceptions.OperationNotSupported):
        bucket.restore_object("b")
    with pytest.raises(oss2.exceptions.NoSuchKey):
        bucket.restore_object("c")


def test_oss_v2(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    client, name = client_of(module_server, "v4"), bucket.bucket_name
    bucket.put_object("a", b"ice", FROZEN)
    asked = oss.RestoreRequest(days=2, job_parameters=oss.JobParameters(tier="Expedited"))
    for request in (None, asked):
        answer = client.restore_object(
            oss.RestoreObjectRequest(bucket=name, key="a", restore_request=request)
        )
        assert answer.status_code == 202
    bucket.put_object("b", b"warm")
    error = refusal_of(
        lambda: client.restore_object(oss.RestoreObjectRequest(bucket=name, key="b"))
    )
    assert (error.status_code, error.code) == (400, "OperationNotSupported")


@needs_ali_oss
def test_ali_oss(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"ice", FROZEN)
    bucket.put_object("b", b"warm")
    ali = AliOss(module_server, bucket.bucket_name)
    first, again, with_tier, warm = ali.run(
        ("restore", "a"),
        ("restore", "a"),
        ("restore", "a", {"type": "ColdArchive", "Days": 2}),
        ("restore", "b"),
    )
    assert [one["res"]["status"] for one in (first, again, with_tier)] == [202] * 3
    assert (warm["status"], warm["code"]) == (400, "OperationNotSupported")


def test_boto3(s3: Any, s3_bucket: str) -> None:
    place = {"Bucket": s3_bucket, "Key": "a"}
    s3.put_object(**place, Body=b"ice", StorageClass="GLACIER")
    for asked in ({"Days": 1}, {"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}}):
        answer = s3.restore_object(**place, RestoreRequest=asked)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.head_object(**place)["Restore"] == 'ongoing-request="false"'
    assert s3.get_object(**place)["Body"].read() == b"ice"
    s3.put_object(Bucket=s3_bucket, Key="b", Body=b"warm")
    with pytest.raises(ClientError) as error:
        s3.restore_object(Bucket=s3_bucket, Key="b", RestoreRequest={"Days": 1})
    assert refused(error) == (403, "InvalidObjectState")
