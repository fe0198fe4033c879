"""V4 signatures in headers: what they cover can't be changed, what they don't can."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from pillarbox.signing import canonical_request, header_v4, post_v4, url_v4
from tests.server_process import TEST_KEY
from tests.wire.raw_http import RawAnswer, request
from tests.wire.rest import Caller, Headers, bucket, caller

__all__ = ["bucket", "caller"]

BODY = b"new"
MD5 = base64.b64encode(hashlib.md5(BODY).digest())
#: Two names with one first letter: oss2 sorts the names that it sends by that letter alone.
ADDITIONAL = b"referer;range"


def signed_put(bucket: str) -> Headers:
    """The headers of a PUT of `a`, signed."""
    now = datetime.now(UTC)
    scope = url_v4.scope_at(TEST_KEY.id, "cn-hangzhou", now)
    date = post_v4.render_date(now)
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"Content-MD5", MD5),
        (b"x-oss-date", date.encode()),
        (b"x-oss-content-sha256", b"UNSIGNED-PAYLOAD"),
        (b"x-oss-meta-who", b"me"),
        (b"Range", b"bytes=0-1"),
        (b"Referer", b"http://www.example.com/"),
        (b"User-Agent", b"test"),
    ]
    names = canonical_request.additional_headers(ADDITIONAL, headers)
    canonical = canonical_request.canonical_request("PUT", (bucket, b"a"), [], headers, names)
    text = canonical_request.string_to_sign(scope, date, canonical)
    signature = canonical_request.sign(TEST_KEY.secret, scope, text)
    # As they were given, not sorted: only the text that is signed has an order.
    authorization = header_v4.authorization(scope, tuple(ADDITIONAL.split(b";")), signature)
    return [*headers, (b"Authorization", authorization.encode())]


def put(caller: Caller, bucket: str, headers: Headers, query: str = "") -> RawAnswer:
    return request(caller.port, b"PUT", f"/{bucket}/a{query}".encode(), headers, BODY)


def changed(headers: Headers, name: bytes, value: bytes | None) -> Headers:
    """With another value of one header, or without it."""
    kept = [(own, old) for own, old in headers if own != name]
    return kept if value is None else [*kept, (name, value)]


def test_as_it_was_signed(caller: Caller, bucket: str) -> None:
    headers = changed(signed_put(bucket), b"User-Agent", b"a proxy")
    assert put(caller, bucket, headers).status == 200
    assert caller.signed("GET", f"/{bucket}/a").body == BODY


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        (b"Content-Type", b"text/html", "SignatureDoesNotMatch"),
        (b"Content-Type", None, "SignatureDoesNotMatch"),
        (b"Content-MD5", b"", "SignatureDoesNotMatch"),
        (b"Content-MD5", None, "SignatureDoesNotMatch"),
        (b"x-oss-content-sha256", b"0" * 64, "SignatureDoesNotMatch"),
        (b"x-oss-meta-who", b"you", "SignatureDoesNotMatch"),
        (b"x-oss-meta-who", None, "SignatureDoesNotMatch"),
        (b"Range", b"bytes=0-2", "SignatureDoesNotMatch"),
        (b"Referer", b"http://www.example.org/", "SignatureDoesNotMatch"),
        (b"Range", None, "InvalidArgument"),
        (b"x-oss-date", b"20300101T000000Z", "RequestTimeTooSkewed"),
        (b"x-oss-date", None, "AccessDenied"),
    ],
)
def test_a_header_that_was_changed(
    caller: Caller, bucket: str, name: bytes, value: bytes | None, code: str
) -> None:
    answer = put(caller, bucket, changed(signed_put(bucket), name, value))
    assert answer.error["Code"] == code
    assert TEST_KEY.secret.encode() not in answer.body
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_what_was_added(caller: Caller, bucket: str) -> None:
    for headers, query in (
        ([*signed_put(bucket), (b"x-oss-object-acl", b"public-read-write")], ""),
        ([*signed_put(bucket), (b"x-oss-copy-source", f"/{bucket}/a".encode())], ""),
        (signed_put(bucket), "?acl"),
        (signed_put(bucket), "?prefix=a"),
    ):
        answer = put(caller, bucket, headers, query)
        assert (answer.status, answer.error["Code"]) == (403, "SignatureDoesNotMatch")
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_which_headers_are_additional_is_signed_too(caller: Caller, bucket: str) -> None:
    headers = signed_put(bucket)
    name, authorization = headers.pop()
    for names in (b"range", b"range;referer;user-agent"):
        other = authorization.replace(ADDITIONAL, names)
        answer = put(caller, bucket, [*headers, (name, other)])
        assert (answer.status, answer.error["Code"]) == (403, "SignatureDoesNotMatch")
