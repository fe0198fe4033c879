"""Signatures that no SDK makes: malformed, half, twice, of another time or another request."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import partial
from urllib.parse import quote

import pytest

from pillarbox.signing import header_v1
from tests.server_process import TEST_KEY
from tests.wire.raw_http import request
from tests.wire.rest import Caller, Headers, bucket, caller, now

__all__ = ["bucket", "caller"]


# --- signatures in headers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"OSS",
        b"OSS ",
        b"OSS :",
        b"OSS id:",
        b"OSS :signature",
        b"OSS testkeyid",
        b"oss testkeyid:c2ln",
        b"Basic dGVzdDp0ZXN0",
        b"Bearer token",
        b"OSS2 AccessKeyId:testkeyid,Signature:c2ln",
    ],
)
def test_a_malformed_authorization(caller: Caller, bucket: str, authorization: bytes) -> None:
    answer = caller.plain(
        "GET", f"/{bucket}/a", [(b"Date", now()), (b"Authorization", authorization)]
    )
    assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
    assert answer.error["Message"] == "Authorization header is invalid."
    assert b"dGVzdDp0ZXN0" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        [(b"Authorization", b"OSS testkeyid:c2ln"), (b"x-oss-security-token", b"token")],
        [(b"Authorization", b"OSS testkeyid:c2ln"), (b"security-token", b"token")],
    ],
)
def test_a_token_of_nobody(caller: Caller, bucket: str, headers: Headers) -> None:
    answer = caller.plain("GET", f"/{bucket}/a", [(b"Date", now()), *headers])
    assert (answer.status, answer.error["Code"]) == (403, "InvalidSecurityToken")


@pytest.mark.parametrize(
    "dates",
    [
        [],
        [(b"Date", b"")],
        [(b"Date", b"yesterday")],
        [(b"Date", b"20300101T000000Z")],
        [(b"x-oss-date", b"soon"), (b"Date", b"Tue, 01 Jan 2030 00:00:00 GMT")],
    ],
)
def test_no_readable_date(caller: Caller, bucket: str, dates: Headers) -> None:
    text = header_v1.string_to_sign("GET", dates, f"/{bucket}/a".encode())
    signature = header_v1.sign(TEST_KEY.secret, text)
    authorization = header_v1.authorization(TEST_KEY.id, signature).encode()
    answer = caller.plain("GET", f"/{bucket}/a", [*dates, (b"Authorization", authorization)])
    assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
    assert answer.error["Message"] == "OSS authentication requires a valid Date."


@pytest.mark.parametrize("name", [b"Date", b"x-oss-date"])
@pytest.mark.parametrize("seconds", [-16 * 60, 16 * 60])
def test_a_skewed_clock(caller: Caller, bucket: str, name: bytes, seconds: int) -> None:
    headers = [(name, formatdate(time.time() + seconds, usegmt=True).encode())]
    text = header_v1.string_to_sign("PUT", headers, f"/{bucket}/a".encode())
    signature = header_v1.sign(TEST_KEY.secret, text)
    headers.append((b"Authorization", header_v1.authorization(TEST_KEY.id, signature).encode()))
    answer = request(caller.port, b"PUT", f"/{bucket}/a".encode(), headers, b"new")
    assert (answer.status, answer.error["Code"]) == (403, "RequestTimeTooSkewed")
    assert answer.error["MaxAllowedSkewMilliseconds"] == "900000"
    assert answer.error["ServerTime"] != answer.error["RequestTime"]
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_what_was_signed_counts(caller: Caller, bucket: str) -> None:
    """A right signature of another request is a wrong one."""
    key = f"/{bucket}/a"
    for change in (
        partial(caller.signed, "PUT", key, body=b"new", resource=f"/{bucket}/b"),
        partial(caller.signed, "DELETE", key, resource=f"/{bucket}/b"),
        partial(caller.signed, "PUT", key, query="acl"),
        partial(caller.signed, "GET", key, query="response-content-type=text/html"),
    ):
        answer = change()
        assert (answer.status, answer.error["Code"]) == (403, "SignatureDoesNotMatch")
        assert answer.error["StringToSign"]
        assert TEST_KEY.secret.encode() not in answer.body
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


# --- signatures in URLs ---------------------------------------------------------------------------


def url_parameters(method: str, resource: str, expires: str) -> dict[str, str]:
    text = f"{method}\n\n\n{expires}\n{resource}".encode()
    return {
        "OSSAccessKeyId": TEST_KEY.id,
        "Expires": expires,
        "Signature": header_v1.sign(TEST_KEY.secret, text),
    }


def query_of(parameters: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())


def test_a_url_lacks_one_of_three(caller: Caller, bucket: str) -> None:
    whole = url_parameters("GET", f"/{bucket}/a", str(int(time.time()) + 60))
    assert caller.plain("GET", f"/{bucket}/a?{query_of(whole)}").body == b"old"
    for name in whole:
        for value in (None, ""):
            rest = {n: v for n, v in whole.items() if n != name}
            if value is not None:
                rest[name] = value
            answer = caller.plain("GET", f"/{bucket}/a?{query_of(rest)}")
            assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
            assert "requires the Signature, Expires and OSSAccessKeyId" in answer.error["Message"]


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("1", "Request has expired."),
        ("soon", "Invalid date (should be seconds since epoch)."),
        ("-1", "Invalid date (should be seconds since epoch)."),
        ("1e11", "Invalid date (should be seconds since epoch)."),
        ("9" * 40, "Invalid date (should be seconds since epoch)."),
        ("２", "Invalid date (should be seconds since epoch)."),
    ],
)
def test_a_url_whose_time_is_wrong(caller: Caller, bucket: str, expires: str, message: str) -> None:
    query = query_of(url_parameters("GET", f"/{bucket}/a", expires))
    answer = caller.plain("GET", f"/{bucket}/a?{query}")
    assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
    assert answer.error["Message"] == message
    # Time before signature: a wrong one in an expired URL is not even looked at.
    wrong = query_of({"OSSAccessKeyId": "id", "Expires": expires, "Signature": "x"})
    assert caller.plain("GET", f"/{bucket}/a?{wrong}").error["Message"] == message


def test_of_a_parameter_that_occurs_twice_the_first_counts(caller: Caller, bucket: str) -> None:
    right = query_of(url_parameters("GET", f"/{bucket}/a", str(int(time.time()) + 60)))
    assert caller.plain("GET", f"/{bucket}/a?{right}&Signature=x&Expires=1").status == 200
    assert caller.plain("GET", f"/{bucket}/a?Signature=x&{right}").status == 403


def test_signed_twice(caller: Caller, bucket: str) -> None:
    query = query_of(url_parameters("GET", f"/{bucket}/a", str(int(time.time()) + 60)))
    answer = caller.signed("GET", f"/{bucket}/a", query=query)
    assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", ["security-token", "x-oss-security-token"])
def test_a_url_with_a_token_of_nobody(caller: Caller, bucket: str, name: str) -> None:
    query = f"{name}=t&OSSAccessKeyId=a&Expires=99999999999&Signature=s"
    answer = caller.plain("GET", f"/{bucket}/a?{query}")
    assert (answer.status, answer.error["Code"]) == (403, "InvalidSecurityToken")


def test_a_temporary_key_without_its_token(caller: Caller, bucket: str) -> None:
    query = "OSSAccessKeyId=STS.a&Expires=99999999999&Signature=s"
    answer = caller.plain("GET", f"/{bucket}/a?{query}")
    assert (answer.status, answer.error["Code"]) == (400, "InvalidRequest")
    signed = [(b"Date", now()), (b"Authorization", b"OSS STS.a:c2ln")]
    answer = caller.plain("GET", f"/{bucket}/a", signed)
    assert (answer.status, answer.error["Code"]) == (403, "InvalidAccessKeyId")
