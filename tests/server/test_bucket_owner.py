"""Whose a bucket must be, where a request of S3 says so."""

from __future__ import annotations

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import Bucket
from pillarbox.server.bucket_owner import check_owner
from tests.refusing import refused
from tests.server.requests import request

BUCKET = Bucket(1, "photos", "1234", BucketAcl.PRIVATE, 0, "cn-hangzhou")
NAMES = ("expected-bucket-owner", "source-expected-bucket-owner")


@pytest.mark.parametrize("name", NAMES)
def test_the_owner_that_is_expected(name: str) -> None:
    spelled = f"x-amz-{name}".encode()
    check_owner(request(), BUCKET, name)
    check_owner(request(headers=[(spelled, b"1234")]), BUCKET, name)
    check_owner(request(query=spelled + b"=1234"), BUCKET, name)
    for other in (b"", b"123", b"12345"):
        for asked in (request(headers=[(spelled, other)]), request(query=spelled + b"=" + other)):
            with refused("AccessDenied", 403, ec="0003-00000001"):
                check_owner(asked, BUCKET, name)


def test_each_header_is_about_its_own_bucket() -> None:
    check_owner(request(headers=[(b"x-amz-source-expected-bucket-owner", b"1")]), BUCKET, NAMES[0])
    check_owner(request(headers=[(b"x-amz-expected-bucket-owner", b"1")]), BUCKET, NAMES[1])


def test_oss_has_no_such_header() -> None:
    check_owner(request(headers=[(b"x-oss-expected-bucket-owner", b"1")]), BUCKET, NAMES[0])
