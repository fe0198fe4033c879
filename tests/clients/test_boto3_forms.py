"""Forms that boto3 signs, posted with requests as its documentation does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from pillarbox.forms import Credentials
from tests.roles import Roles, may_assume, policy
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire import sts_calls
from tests.wire.store_client import StoreClient

BUCKET = "example-bucket"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("boto3"), *("--init-bucket", f"{BUCKET}:private"))
    yield client
    client.end()


@pytest.fixture(params=["s3", "s3v4"], ids=["v2", "v4"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def s3(version: str, store: StoreClient) -> Any:
    return client_of(store, version, Credentials(KEY_ID, SECRET))


def client_of(store: StoreClient, version: str, credentials: Credentials) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{store.port}",
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.access_key_secret,
        aws_session_token=credentials.security_token,
        region_name="us-east-1",
        config=Config(signature_version=version),
    )


def send(
    form: dict[str, Any], content: bytes = b"bytes", name: str = "a.txt", **added: str
) -> requests.Response:
    files = {"file": (name, content)}
    return requests.post(form["url"], data={**form["fields"], **added}, files=files, timeout=60)


def test_a_key(store: StoreClient, s3: Any) -> None:
    answer = send(s3.generate_presigned_post(BUCKET, "docs/a.txt"))
    assert answer.status_code == 204
    assert store.read(BUCKET, "docs/a.txt").body == b"bytes"
    assert answer.headers["ETag"] == '"4b3a6218bb3e3a7303e8a171a60fcf92"'
    assert not [name for name in answer.headers if name.lower().startswith("x-oss-")]
    assert len(answer.headers["x-amz-request-id"]) == 24


def test_a_key_of_the_visitors_file(store: StoreClient, s3: Any) -> None:
    form = s3.generate_presigned_post(BUCKET, "in/${filename}")
    assert send(form, name="b.txt").status_code == 204
    assert store.read(BUCKET, "in/b.txt").body == b"bytes"


def test_fields_and_conditions(store: StoreClient, s3: Any) -> None:
    fields = {
        "acl": "public-read",
        "Content-Type": "text/plain",
        "x-amz-meta-author": "Eric",
        "x-amz-storage-class": "STANDARD_IA",
        "success_action_status": "201",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
    }
    conditions: list[object] = [{name: value} for name, value in fields.items()]
    conditions.append(["content-length-range", 1, 10])
    form = s3.generate_presigned_post(BUCKET, "docs/b.txt", fields, conditions)
    answer = send(form)
    assert answer.status_code == 201
    assert "<PostResponse>" in answer.text
    assert '<ETag>"4b3a6218bb3e3a7303e8a171a60fcf92"</ETag>' in answer.text
    assert requests.get(f"{form['url']}/docs/b.txt", timeout=60).content == b"bytes"
    stored = store.read(BUCKET, "docs/b.txt")
    assert stored.header("content-type") == "text/plain"
    assert stored.header("x-oss-meta-author") == "Eric"
    assert stored.header("x-oss-storage-class") == "IA"
    assert stored.header("x-oss-tagging-count") == "1"
    assert "<Code>EntityTooLarge</Code>" in send(form, b"eleven byte").text


def test_a_field_that_no_condition_names(store: StoreClient, s3: Any) -> None:
    form = s3.generate_presigned_post(BUCKET, "docs/c.txt", {"acl": "public-read"})
    answer = send(form)
    assert answer.status_code == 403
    assert "<Message>Invalid according to Policy: Extra input fields: acl</Message>" in answer.text
    assert store.read(BUCKET, "docs/c.txt").status == 404


def test_a_right_checksum_and_a_wrong_one(s3: Any) -> None:
    form = s3.generate_presigned_post(BUCKET, "docs/d.txt")
    right = {"x-amz-checksum-crc64nvme": "rosUhgp5mIg="}
    assert send(form, b"123456789", **right).status_code == 204
    answer = send(form, b"12345678", **right)
    assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True)


def test_temporary_credentials(store: StoreClient, version: str) -> None:
    roles = Roles(store.server.data_dir)
    arn = roles.role(policy("oss:PutObject", f"acs:oss:*:*:{BUCKET}/incoming/*"))
    answer = sts_calls.call(
        store.port, roles.user(may_assume(arn)), RoleArn=arn, RoleSessionName="app"
    )
    session = client_of(store, version, sts_calls.credentials(answer))
    form = session.generate_presigned_post(BUCKET, "incoming/a.txt")
    assert "x-amz-security-token" in form["fields"]
    assert send(form).status_code == 204
    assert store.read(BUCKET, "incoming/a.txt").body == b"bytes"
    denied = send(session.generate_presigned_post(BUCKET, "elsewhere/a.txt"))
    assert (denied.status_code, "<Message>Access Denied<" in denied.text) == (403, True)
    del form["fields"]["x-amz-security-token"]
    assert "<Code>InvalidAccessKeyId</Code>" in send(form).text


RENAMED = {"AWSAccessKeyId": "OSSAccessKeyId", "signature": "Signature"}


@pytest.mark.parametrize(
    "added",
    [
        {"x-oss-object-acl": "public-read-write"},
        {"Content-Type": "text/html"},
        {"x-oss-meta-a": "b"},
        {"success_action_redirect": "http://127.0.0.1/"},
        {"callback": "e30="},
        {"x:a": "b"},
    ],
    ids=lambda added: next(iter(added)),
)
def test_renamed_fields_escape_no_coverage_in_a_bucket_of_s3(
    store: StoreClient, added: dict[str, str]
) -> None:
    # V2 and OSS's V1 sign the same text: see `pillarbox.model.bucket_forms`.
    s3 = client_of(store, "s3", Credentials(KEY_ID, SECRET))
    bucket = f"s3-{next(iter(added)).lower().replace('_', '-').replace(':', '-')}"
    s3.create_bucket(Bucket=bucket)
    form = s3.generate_presigned_post(bucket, "in/${filename}")
    renamed = {RENAMED.get(name, name): value for name, value in form["fields"].items()}
    answer = send({"url": form["url"], "fields": {**renamed, **added}})
    assert answer.status_code == 403
    assert "AccessDenied" in answer.text
    # Covered, it is as good as any, by whatever names it goes.
    assert send({"url": form["url"], "fields": renamed}).status_code == 204
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["in/a.txt"]
