"""Signatures of requests: OSS V1 and V4, S3 V2 and V4, in header and URL; nothing is forged.

Input: see `arrived_head`. The seeds are rightly signed, so that damage stays close to what counts.
"""

from __future__ import annotations

from datetime import timedelta

from pillarbox.access.authentication import authenticate
from pillarbox.access.caller import Caller
from pillarbox.access.s3_authentication import authenticate_s3
from pillarbox.client.address import Address
from pillarbox.client.request import Request as SentRequest
from pillarbox.client.request_signature import signed_headers
from pillarbox.client.signed_url import sign_url_v1, sign_url_v4
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.server.request import Request
from pillarbox.server.signed_body import hold_body
from tests.access.keys import GOOD, SIGNERS
from tests.access.s3_requests import S3Request
from tests.access.test_s3_authentication import NOW, url_v2, url_v4, v2, v4
from tests.fuzz.answered import check_answered
from tests.fuzz.arrived_head import read_request, written
from tests.fuzz.finished import finished

_REGION = "cn-hangzhou"
_HOST = b"127.0.0.1"
_ENDPOINT = "http://127.0.0.1"


def check(data: bytes) -> None:
    """Nobody is believed but who asks for what a seed asks for."""
    request = read_request(data)
    if request is None:
        return
    try:
        caller = _caller(request)
    except Refusal as refusal:
        check_answered(refusal)
        return
    if caller.access_key_id is not None:
        assert caller.access_key_id == GOOD.id
        assert _asked(request) in _SIGNED, data


def _caller(request: Request) -> Caller:
    resource = (request.address.bucket, request.address.key)
    headers, query = request.headers.items, request.query.pairs
    if request.dialect is not S3:
        return finished(authenticate(request.method, headers, query, resource, SIGNERS, NOW))
    caller, payload = finished(
        authenticate_s3(request.method, headers, query, request.raw_path, resource, SIGNERS, NOW)
    )
    hold_body(request, payload)
    return caller


def _asked(request: Request) -> tuple[str, str | None, bytes | None]:
    return request.method, request.address.bucket, request.address.key


def _of_oss() -> list[bytes]:
    credentials = Credentials(GOOD.id, GOOD.secret)
    seeds = []
    for region in (None, _REGION):
        for sent in (
            SentRequest("PUT", "drop", "a b", {}, {"x-oss-meta-a": "b", "Content-Type": "text/a"}),
            SentRequest("GET", "drop", None, {"acl": "", "prefix": "a"}),
        ):
            headers = signed_headers(sent, credentials, region, NOW)
            pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            seeds.append(written(sent.method, _target(sent.url(_ENDPOINT)), pairs, _HOST))
    return seeds


def _urls_of_oss() -> list[bytes]:
    credentials, address, hour = (
        Credentials(GOOD.id, GOOD.secret),
        Address("drop", "a"),
        timedelta(hours=1),
    )
    urls = (
        sign_url_v1(_ENDPOINT, credentials, "GET", address, NOW + hour),
        sign_url_v4(_ENDPOINT, credentials, _REGION, "GET", address, NOW, hour),
    )
    return [written("GET", _target(signed.url), [], _HOST) for signed in urls]


def _target(url: str) -> str:
    return "/" + url.partition("//")[2].partition("/")[2]


def _of_s3() -> list[bytes]:
    chunks = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    length = (b"x-amz-decoded-content-length", b"5")
    requests: list[S3Request] = [v4(), v4(length, payload=chunks), url_v4(), v2(), url_v2()]
    return [written(one.method, one.target, one.headers) for one in requests]


SEEDS = (*_of_oss(), *_urls_of_oss(), *_of_s3())
WORDS = (
    *(b"OSS4-HMAC-SHA256 Credential=", b"AWS4-HMAC-SHA256 Credential=", b"AWS ", b"OSS "),
    *(b",AdditionalHeaders=", b",SignedHeaders=", b",Signature=", b"/aliyun_v4_request"),
    *(b"/aws4_request", b"\nauthorization: ", b"\nx-oss-date: ", b"\nx-amz-date: ", b"&Expires="),
    *(
        b"x-amz-security-token",
        b"security-token=",
        b"x-oss-additional-headers",
        b"20300101T000000Z",
    ),
)


def _requests_of_seeds() -> frozenset[tuple[str, str | None, bytes | None]]:
    found = []
    for seed in SEEDS:
        request = read_request(seed)
        assert request is not None, seed
        assert _caller(request).access_key_id == GOOD.id, seed
        found.append(_asked(request))
    return frozenset(found)


_SIGNED = _requests_of_seeds()
