"""Forms for S3: what boto3 makes of the same arguments, byte for byte."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.forms import Credentials, DoubtfulForm
from pillarbox.forms.presigned_post import presign_post

ENDPOINT = "http://localhost:9000"
NOW = datetime(2030, 1, 1, 0, 0, 0, tzinfo=UTC)
CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")
TEMPORARY = Credentials("STS.TestAccessKeyId01", "TestAccessKeySecret0123456789", "a/token+of==")


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore asks for the time of day: it is `NOW`."""
    for module in ("botocore.auth", "botocore.signers"):
        monkeypatch.setattr(
            f"{module}.get_current_datetime",
            lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW,
        )


def boto(
    credentials: Credentials, region: str | None, endpoint: str | None = ENDPOINT, **arguments: Any
) -> dict[str, Any]:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region or "us-east-1",
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.access_key_secret,
        aws_session_token=credentials.security_token,
        config=Config(
            signature_version="s3" if region is None else "s3v4",
            # Without an endpoint the one of Amazon's region, which is a name.
            s3={"addressing_style": "virtual"} if endpoint is None else None,
        ),
    )
    made: dict[str, Any] = client.generate_presigned_post(**arguments)
    return made


def ours(credentials: Credentials, region: str | None, **arguments: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulForm)
        form = presign_post(
            ENDPOINT,
            arguments["Bucket"],
            arguments["Key"],
            credentials,
            region=region,
            fields=arguments.get("Fields"),
            conditions=arguments.get("Conditions") or (),
            expires_in=timedelta(seconds=arguments.get("ExpiresIn", 3600)),
            now=NOW,
        )
    return {"url": form.action, "fields": dict(form.fields)}


CASES: list[dict[str, Any]] = [
    {"Bucket": "example-bucket", "Key": "foo.txt"},
    {"Bucket": "example-bucket", "Key": "user/eric/${filename}"},
    {"Bucket": "example-bucket", "Key": "a/${filename}/b"},
    {"Bucket": "example-bucket", "Key": "résumé 简历.pdf", "ExpiresIn": 60},
    {
        "Bucket": "example-bucket",
        "Key": 'quote"<&>.txt',
        "Fields": {"acl": "private", "Content-Type": "text/plain", "x-amz-meta-name": "ü"},
        "Conditions": [
            {"acl": "private"},
            ["eq", "$Content-Type", "text/plain"],
            ["starts-with", "$x-amz-meta-name", ""],
            ["content-length-range", 0, 1024],
        ],
    },
]


@pytest.mark.parametrize("arguments", CASES, ids=lambda case: str(case["Key"]))
@pytest.mark.parametrize("credentials", [CREDENTIALS, TEMPORARY], ids=["key", "token"])
@pytest.mark.parametrize("region", [None, "us-east-1", "eu-central-1"])
def test_a_form_is_that_of_boto3(
    arguments: dict[str, Any], credentials: Credentials, region: str | None
) -> None:
    theirs = boto(credentials, region, **arguments)
    made = ours(credentials, region, **arguments)
    assert made == theirs
    assert list(made["fields"]) == list(theirs["fields"])


@given(
    key=st.text(min_size=1, max_size=40).filter(lambda text: not text.startswith(("/", "\\"))),
    value=st.text(max_size=40),
)
def test_any_text_is_written_as_boto3_writes_it(key: str, value: str) -> None:
    arguments = {
        "Bucket": "example-bucket",
        "Key": key,
        "Fields": {"x-amz-meta-a": value},
        "Conditions": [{"x-amz-meta-a": value}],
    }
    assert _outcome(ours, arguments) == _outcome(boto, arguments)


def _outcome(make: Any, arguments: dict[str, Any]) -> Any:
    return make(CREDENTIALS, "us-east-1", **arguments)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize(
    "endpoint", ["https://store.example:8443", "https://s3.eu-central-1.amazonaws.com", ENDPOINT]
)
def test_the_bucket_is_where_boto3_has_it(endpoint: str, version: str) -> None:
    for style, path_style in ((None, True), ("path", True), ("virtual", False)):
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="eu-central-1",
            aws_access_key_id="id",
            aws_secret_access_key="secret",
            config=Config(
                signature_version=version, s3={"addressing_style": style} if style else None
            ),
        )
        theirs = client.generate_presigned_post("resumes", "cv.pdf")["url"]
        form = presign_post(
            endpoint,
            "resumes",
            "cv.pdf",
            CREDENTIALS,
            region="eu-central-1",
            path_style=path_style,
        )
        assert form.action == theirs
        if style is None:
            assert (
                presign_post(endpoint, "resumes", "cv.pdf", CREDENTIALS, region=None).action
                == theirs
            )


def test_the_vector_of_v4() -> None:
    """Facts 11.6."""
    form = presign_post(
        ENDPOINT,
        "example-bucket",
        "foo.txt",
        CREDENTIALS,
        region="us-east-1",
        expires_in=timedelta(hours=12),
        now=NOW,
    )
    assert form.fields["x-amz-signature"] == (
        "fdb789c12f56fcb8a14bf35c49a642b1f6d7c2338b7cfa9d88225e5ff77326de"
    )


def test_sizes_are_told_to_the_front_end() -> None:
    form = presign_post(
        ENDPOINT,
        "example-bucket",
        "foo.txt",
        CREDENTIALS,
        region="us-east-1",
        conditions=[["content-length-range", 1, 4096], ["content-length-range", 0, 1024]],
        now=NOW,
    )
    assert (form.min_size, form.max_size) == (1, 1024)
    assert form.expires == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("endpoint", "provider"),
    [
        ("https://abc123.r2.cloudflarestorage.com", "Cloudflare R2"),
        ("https://s3.us-west-004.backblazeb2.com", "Backblaze B2"),
    ],
)
def test_a_store_that_takes_no_forms_is_named(endpoint: str, provider: str) -> None:
    with pytest.warns(DoubtfulForm, match=provider):
        form = presign_post(endpoint, "resumes", "cv.pdf", CREDENTIALS, region="auto")
    assert provider in form.doubts[0]


def test_a_field_that_no_condition_names_is_told() -> None:
    with pytest.warns(DoubtfulForm, match="no condition names the field acl"):
        presign_post(
            ENDPOINT,
            "example-bucket",
            "foo.txt",
            CREDENTIALS,
            region="us-east-1",
            fields={"acl": "private", "x-ignore-me": "1", "Content-Type": "text/plain"},
            conditions=[["starts-with", "$content-type", ""]],
        )


def test_a_form_with_all_fields_covered_has_no_doubts() -> None:
    form = presign_post(ENDPOINT, "example-bucket", "foo.txt", TEMPORARY, region="us-east-1")
    assert form.doubts == ()
    assert presign_post(ENDPOINT, "example-bucket", "a", CREDENTIALS, region=None).doubts == ()


@pytest.mark.parametrize("region", ["", "eu/central", "a\nb"])
def test_a_region_that_can_not_be_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="region"):
        presign_post(ENDPOINT, "example-bucket", "foo.txt", CREDENTIALS, region=region)
