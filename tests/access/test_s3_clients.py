"""What botocore signs, as it would send it, is what we verify."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from pillarbox.access.ram import Requester
from pillarbox.access.session_token import Session
from pillarbox.model.refusals import Refusal
from pillarbox.signing.payload import Payload
from tests.access.keys import GOOD, TOKENS
from tests.access.s3_requests import S3Request, of_url

KEY = "dir/a b+c~é中?#%2F&=$!.txt"
BODY = b"hello"
OWNER = Requester("owner")

ENDPOINTS = ["http://s3.example.com:9000", "https://s3.example.com"]
STYLES = ["path", "virtual"]
VERSIONS = ["s3", "s3v4"]


class Captured(AWSResponse):  # type: ignore[misc]
    """An answer that never came over a wire."""

    def __init__(self, url: str) -> None:
        super().__init__(url, 200, {"etag": '"e"'}, BytesIO())

    @property
    def content(self) -> bytes:
        return b"<Answer/>"


class Sender:
    """A client of S3 whose requests are kept instead of sent."""

    def __init__(
        self,
        endpoint: str,
        style: str,
        version: str,
        credentials: tuple[str, str, str | None] = (GOOD.id, GOOD.secret, None),
    ) -> None:
        key_id, secret, token = credentials
        self.client = boto3.client(
            "s3",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name="us-east-1",
            endpoint_url=endpoint,
            config=Config(signature_version=version, s3={"addressing_style": style}),
        )
        self.sent: list[S3Request] = []
        self.client.meta.events.register("before-send.s3", self._keep)

    def _keep(self, request: Any, **_: Any) -> AWSResponse:
        headers = {
            name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        self.sent.append(of_url(request.method, request.url, headers))
        return Captured(request.url)


CALLS: list[Callable[[Any], object]] = [
    lambda s3: s3.list_buckets(),
    lambda s3: s3.list_objects_v2(Bucket="bucket", Prefix="a b/é+", ContinuationToken="t"),
    lambda s3: s3.get_object(Bucket="bucket", Key=KEY, Range="bytes=0-1", VersionId="null"),
    lambda s3: s3.get_object(Bucket="bucket", Key="k", ResponseContentType="text/x; a=b c"),
    lambda s3: s3.get_object_tagging(Bucket="bucket", Key=KEY),
    lambda s3: s3.put_object_acl(Bucket="bucket", Key=KEY, ACL="private"),
    lambda s3: s3.put_object(
        Bucket="bucket", Key=KEY, Body=BODY, ContentType="text/plain", Metadata={"a": "b  c"}
    ),
    lambda s3: s3.upload_part(Bucket="bucket", Key=KEY, UploadId="u", PartNumber=1, Body=BODY),
    lambda s3: s3.copy_object(Bucket="bucket", Key="k", CopySource={"Bucket": "b", "Key": KEY}),
    lambda s3: s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": KEY}]}),
    lambda s3: s3.create_bucket(Bucket="bucket"),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("version", VERSIONS)
def test_requests(endpoint: str, style: str, version: str) -> None:
    sender = Sender(endpoint, style, version)
    for call in CALLS:
        call(sender.client)
    assert len(sender.sent) == len(CALLS)
    for request in sender.sent:
        caller, _ = request.authenticate(datetime.now(UTC), "us-east-1")
        assert caller.requester == OWNER
        changed = S3Request("OPTIONS", request.target, request.headers)
        with pytest.raises(Refusal, match="SignatureDoesNotMatch"):
            changed.authenticate(datetime.now(UTC))


def test_what_vouches_for_the_body() -> None:
    payloads = []
    for endpoint in ENDPOINTS:
        sender = Sender(endpoint, "path", "s3v4")
        sender.client.put_object(Bucket="bucket", Key="k", Body=BytesIO(BODY))
        payloads.append(sender.sent[0].authenticate(datetime.now(UTC))[1])
    assert payloads == [
        Payload(hashlib.sha256(BODY).hexdigest()),
        Payload(chunked=True, trailer=True),
    ]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("operation", "method", "parameters", "headers"),
    [
        ("get_object", "GET", {"ResponseContentDisposition": 'attachment; filename="a b"'}, {}),
        ("put_object", "PUT", {}, {}),
        ("put_object", "PUT", {"ContentType": "text/plain"}, {"Content-Type": "text/plain"}),
        ("put_object", "PUT", {"ACL": "private"}, {"x-amz-acl": "private"}),
        ("upload_part", "PUT", {"UploadId": "u", "PartNumber": 1}, {}),
    ],
)
def test_signed_urls(
    endpoint: str,
    style: str,
    version: str,
    operation: str,
    method: str,
    parameters: dict[str, object],
    headers: dict[str, str],
) -> None:
    client = Sender(endpoint, style, version).client
    url = client.generate_presigned_url(operation, {"Bucket": "bucket", "Key": KEY, **parameters})
    caller, payload = of_url(method, url, headers).authenticate(datetime.now(UTC), "us-east-1")
    assert (caller.requester, payload) == (OWNER, Payload())
    with pytest.raises(Refusal, match="SignatureDoesNotMatch"):
        of_url("DELETE", url, headers).authenticate(datetime.now(UTC))


@pytest.mark.parametrize("version", VERSIONS)
def test_temporary_credentials(version: str) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1)
    token = TOKENS.seal(Session("STS.a1", "owner", "uploader", 0, "app", expires))
    credentials = ("STS.a1", TOKENS.secret_of("STS.a1"), token)
    sender = Sender(ENDPOINTS[0], "path", version, credentials)
    sender.client.get_object(Bucket="bucket", Key=KEY)
    url = sender.client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": KEY})
    for request in (*sender.sent, of_url("GET", url, {})):
        caller, _ = request.authenticate(datetime.now(UTC))
        assert caller.requester == Requester("owner", role="uploader", session="app")
