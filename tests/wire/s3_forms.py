"""Forms of the S3 dialect as the public S3 tests send them (facts 11.7), signed by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import requests

from tests.signing.vectors import KEY_ID, SECRET

BUCKET = "example-bucket"

Conditions = Sequence[object]


def standard(bucket: str = BUCKET) -> list[object]:
    """The conditions that most of the tests have."""
    return [
        {"bucket": bucket},
        ["starts-with", "$key", "foo"],
        {"acl": "private"},
        ["starts-with", "$Content-Type", "text/plain"],
        ["content-length-range", 0, 1024],
    ]


def expiration(lifetime: timedelta = timedelta(seconds=6000)) -> str:
    """That long from now, in the tests' format."""
    return (datetime.now(UTC) + lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")


def policy(conditions: Conditions) -> dict[str, object]:
    """A document that is good for a while."""
    return {"expiration": expiration(), "conditions": list(conditions)}


def v2(document: Mapping[str, object], key_id: str = KEY_ID) -> dict[str, str]:
    """The three fields of a V2 signature."""
    text = base64.b64encode(json.dumps(document).encode())
    digest = hmac.new(SECRET.encode(), text, hashlib.sha1).digest()
    return {
        "AWSAccessKeyId": key_id,
        "signature": base64.b64encode(digest).decode(),
        "policy": text.decode(),
    }


def v4(conditions: Conditions, region: str = "us-east-1") -> dict[str, str]:
    """The fields of a V4 signature; the conditions it needs are added."""
    now = datetime.now(UTC)
    names = {
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{KEY_ID}/{now:%Y%m%d}/{region}/s3/aws4_request",
        "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
    }
    covering = [{name: value} for name, value in names.items()]
    field = base64.b64encode(json.dumps(policy([*conditions, *covering])).encode()).decode()
    key = ("AWS4" + SECRET).encode()
    for step in (f"{now:%Y%m%d}", region, "s3", "aws4_request", field):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return {**names, "policy": field, "x-amz-signature": key.hex()}


def full(document: Mapping[str, object] | None = None, **changed: str | None) -> dict[str, str]:
    """A form for the standard policy with a V2 signature; a change to None leaves a field out.

    Underscores in the names of `changed` are hyphens.
    """
    fields: dict[str, str | None] = {
        "key": "foo.txt",
        **v2(policy(standard()) if document is None else document),
        "acl": "private",
        "Content-Type": "text/plain",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return {name: value for name, value in fields.items() if value is not None}


def post(
    port: int,
    fields: Mapping[str, str],
    content: bytes | str = "bar",
    *,
    bucket: str = BUCKET,
    filename: str | None = None,
) -> requests.Response:
    """Post with requests as those tests do: each part has a `filename`, the file comes last."""
    parts: dict[str, object] = dict(fields)
    parts["file"] = content if filename is None else (filename, content)
    url = f"http://127.0.0.1:{port}/{bucket}"
    return requests.post(url, files=parts, allow_redirects=False, timeout=60)  # type: ignore[arg-type]
