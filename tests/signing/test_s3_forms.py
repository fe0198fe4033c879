"""The signatures of S3 forms: published vectors, boto3's own, and what S3 says of credentials."""

import base64
from typing import Any

import boto3
import pytest
from botocore.config import Config

from pillarbox.model.dialects import OSS, S3
from pillarbox.signing import post_v1, post_v4
from pillarbox.signing.post_v4 import Scope
from tests.refusing import refused
from tests.signing.vectors import KEY_ID, SECRET

CREDENTIAL = f"{KEY_ID}/20300101/us-east-1/s3/aws4_request"


def field(text: str) -> bytes:
    return base64.b64encode(text.encode())


def test_v2_signs_as_v1_does() -> None:
    text = (
        '{"expiration": "2030-01-01T12:00:00Z", "conditions": [{"bucket": "example-bucket"}, '
        '["starts-with", "$key", "foo"], {"acl": "private"}, '
        '["starts-with", "$Content-Type", "text/plain"], ["content-length-range", 0, 1024]]}'
    )
    assert post_v1.sign(SECRET, field(text)) == "4EbqEXrgzzx/i+vjxpwuQrIhyKc="


def test_v4() -> None:
    text = (
        '{"expiration": "2030-01-01T12:00:00Z", "conditions": [{"bucket": "example-bucket"}, '
        '{"key": "foo.txt"}, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": "'
        + CREDENTIAL
        + '"}, {"x-amz-date": "20300101T000000Z"}]}'
    )
    scope = Scope.parse(CREDENTIAL, S3)
    assert scope == Scope(KEY_ID, "20300101", "us-east-1")
    assert scope.render(S3) == CREDENTIAL
    signature = post_v4.sign(SECRET, scope, field(text), S3)
    assert signature == "fdb789c12f56fcb8a14bf35c49a642b1f6d7c2338b7cfa9d88225e5ff77326de"


def boto3_fields(version: str) -> dict[str, Any]:
    client = boto3.client(
        "s3",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        region_name="eu-west-1",
        config=Config(signature_version=version),
    )
    fields: dict[str, Any] = client.generate_presigned_post("example-bucket", "k")["fields"]
    return fields


def test_boto3_signs_so() -> None:
    fields = boto3_fields("s3")
    assert post_v1.sign(SECRET, fields["policy"].encode()) == fields["signature"]
    fields = boto3_fields("s3v4")
    scope = Scope.parse(fields["x-amz-credential"], S3)
    signature = post_v4.sign(SECRET, scope, fields["policy"].encode(), S3)
    assert signature == fields["x-amz-signature"]


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        (
            "a/b",
            'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/'
            'aws4_request".',
        ),
        (
            CREDENTIAL.replace("20300101", "2030-1-1"),
            'incorrect date format "2030-1-1". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
        (
            CREDENTIAL.replace("aws4_request", "aws"),
            'incorrect terminal "aws". This endpoint uses "aws4_request".',
        ),
        (
            CREDENTIAL.replace("s3", "oss"),
            'incorrect service "oss". This endpoint belongs to "s3".',
        ),
    ],
)
def test_s3_says_which_part_of_a_credential_is_wrong(credential: str, message: str) -> None:
    ec = "0002-00000709" if "2030-1-1" in credential else "0002-00000710"
    with refused(
        "InvalidArgument",
        400,
        message,
        ec=ec,
        ArgumentName="x-amz-credential",
        ArgumentValue=credential,
    ):
        Scope.parse(credential, S3)


def test_the_chains_of_the_dialects_differ() -> None:
    scope = Scope(KEY_ID, "20300101", "us-east-1")
    assert post_v4.sign(SECRET, scope, b"p", S3) != post_v4.sign(SECRET, scope, b"p", OSS)
