"""Calls of STS, made from the standard library alone by the steps of facts 6.5 and of issue 6."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import fromstring

from pillarbox.forms.signed_form import Credentials
from tests.wire.raw_http import RawAnswer, request

Parameters = Mapping[str, str]

#: What `raw_http.request` sends.
HOST = "127.0.0.1"

FORM_TYPE = (b"Content-Type", b"application/x-www-form-urlencoded")


def timestamp() -> str:
    """Now, as calls have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encoded(text: str) -> str:
    """Percent-encoded, all but what RFC 3986 has as unreserved."""
    return quote(text, safe="")


def signed(user: Credentials, method: str, parameters: Parameters) -> dict[str, str]:
    """All parameters of a call, with the signature among them."""
    common = {
        "Action": "AssumeRole",
        "Version": "2015-04-01",
        "AccessKeyId": user.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": timestamp(),
    }
    if user.security_token is not None:
        common["SecurityToken"] = user.security_token
    every = {**common, **parameters}
    query = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in sorted(every.items()))
    text = f"{method}&%2F&{encoded(query)}"
    key = f"{user.access_key_secret}&".encode()
    every["Signature"] = b64encode(hmac.digest(key, text.encode(), "sha1")).decode()
    return every


def send(port: int, method: str, every: Parameters) -> RawAnswer:
    """Send parameters: in the query of a GET, as the form of a POST."""
    text = urlencode(every).encode()
    if method == "GET":
        return request(port, b"GET", b"/?" + text, [])
    return request(port, b"POST", b"/", [FORM_TYPE], text)


def call(port: int, user: Credentials, method: str = "POST", **parameters: str) -> RawAnswer:
    """A call signed the older way."""
    return send(port, method, signed(user, method, parameters))


def acs3(
    port: int,
    user: Credentials,
    query: Parameters,
    changed: Parameters | None = None,
    body: bytes = b"",
    unsigned: Parameters | None = None,
) -> RawAnswer:
    """A call signed in its header; `changed` headers replace others before they are signed.

    Args:
        unsigned: headers that are added afterwards.
    """
    headers = {
        "host": HOST,
        "x-acs-action": "AssumeRole",
        "x-acs-version": "2015-04-01",
        "x-acs-date": timestamp(),
        "x-acs-signature-nonce": str(uuid.uuid4()),
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **(changed or {}),
    }
    names = sorted(headers)
    text = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in sorted(query.items()))
    canonical = "\n".join(
        [
            *("POST", "/", text, *(f"{name}:{headers[name]}" for name in names), ""),
            *(";".join(names), headers["x-acs-content-sha256"]),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    secret = user.access_key_secret.encode()
    signature = hmac.digest(secret, f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hex()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={user.access_key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )
    headers |= unsigned or {}
    sent = [(name.encode(), value.encode()) for name, value in headers.items() if name != "host"]
    return request(port, b"POST", f"/?{text}".encode(), sent, body)


def members(answer: RawAnswer) -> dict[str, Any]:
    """What an answer says, JSON or XML; the latter's root counts as `root`."""
    assert answer.header("cache-control") == "no-store"
    kind = answer.header("content-type")
    if kind == "application/json":
        told: dict[str, Any] = json.loads(answer.body)
        return told
    assert kind == "application/xml"
    root = fromstring(answer.body)
    values = {c.tag: {g.tag: g.text for g in c} if len(c) else c.text for c in root}
    return {"root": root.tag, **values}


def credentials(answer: RawAnswer) -> Credentials:
    """Those that an answer gives."""
    assert answer.status == 200, answer.body
    given = members(answer)["Credentials"]
    return Credentials(given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"])
