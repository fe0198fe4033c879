"""Signatures made from the standard library alone, by the steps that OSS documents.

Nothing of Pillarbox is used here, so that client and server can't be wrong together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


def policy_field(conditions: Sequence[object], lifetime: timedelta = timedelta(hours=1)) -> str:
    """The field `policy` for these conditions."""
    expiration = (datetime.now(UTC) + lifetime).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return encoded(json.dumps({"expiration": expiration, "conditions": list(conditions)}))


def encoded(text: str) -> str:
    """Base64 of a policy's text."""
    return base64.b64encode(text.encode()).decode()


def v1_fields(key_id: str, secret: str, field: str) -> dict[str, str]:
    """The fields of a form with a V1 signature."""
    return {"OSSAccessKeyId": key_id, "policy": field, "Signature": hmac_sha1(secret, field)}


def hmac_sha1(secret: str, text: str) -> str:
    """Base64 of HMAC-SHA1."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def v4_names(key_id: str, moment: datetime, region: str = "cn-hangzhou") -> dict[str, str]:
    """The three fields of a V4 signature that the policy has to name."""
    return {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{key_id}/{moment:%Y%m%d}/{region}/oss/aliyun_v4_request",
        "x-oss-date": f"{moment:%Y%m%dT%H%M%SZ}",
    }


def v4_fields(names: Mapping[str, str], secret: str, field: str) -> dict[str, str]:
    """The fields of a form with a V4 signature; `names` are of `v4_names`."""
    _, day, region, _, _ = names["x-oss-credential"].split("/")
    key = ("aliyun_v4" + secret).encode()
    for step in (day, region, "oss", "aliyun_v4_request", field):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return {**names, "policy": field, "x-oss-signature": key.hex()}


def authorization(
    key_id: str, secret: str, method: str, resource: str, own: Mapping[str, str] | None = None
) -> list[tuple[bytes, bytes]]:
    """The headers Date and Authorization of a request, and its `x-oss-*` headers `own`.

    `resource` is `/bucket/key`, decoded, with its sub-resources.
    """
    date = format_datetime(datetime.now(UTC), usegmt=True)
    lines = "".join(f"{name}:{value}\n" for name, value in sorted((own or {}).items()))
    signature = hmac_sha1(secret, f"{method}\n\n\n{date}\n{lines}{resource}")
    headers = {"Date": date, "Authorization": f"OSS {key_id}:{signature}", **(own or {})}
    return [(name.encode(), value.encode()) for name, value in headers.items()]
