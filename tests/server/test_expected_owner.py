from __future__ import annotations

import pytest

from pillarbox.model.acl import BucketAcl
from pillarbox.model.objects import Bucket
from pillarbox.server.expected_owner import SOURCE, check_owner
from tests.refusing import refused
from tests.server.requests import request

BUCKET = Bucket(1, "photos", "1234567890123456", BucketAcl.PRIVATE, 0, "us-east-1")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-amz-expected-bucket-owner", b"1234567890123456")],
        [(b"x-amz-source-expected-bucket-owner", b"1111")],
        [(b"expected-bucket-owner", b"1111")],
    ],
)
def test_who_comes_in(headers: list[tuple[bytes, bytes]]) -> None:
    check_owner(request(headers=[(b"x-amz-date", b"x"), *headers]), BUCKET)


@pytest.mark.parametrize("value", [b"1111", b""])
def test_another_owner(value: bytes) -> None:
    with refused("AccessDenied", 403, None, ec="0003-00000001"):
        check_owner(request(headers=[(b"x-amz-expected-bucket-owner", value)]), BUCKET)


def test_another_owner_of_the_source() -> None:
    headers = [(b"x-amz-source-expected-bucket-owner", b"1111")]
    with refused("AccessDenied", 403, None, ec="0003-00000001"):
        check_owner(request(headers=headers), BUCKET, SOURCE)
