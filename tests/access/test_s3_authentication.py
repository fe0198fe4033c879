import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.ram import Requester
from pillarbox.access.session_token import Session
from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.signing import s3_header_v4, s3_url_v4, s3_v2
from pillarbox.signing.chunk_signatures import ChunkSeed
from pillarbox.signing.payload import Payload
from pillarbox.signing.post_v4 import Scope, signing_key
from tests.access.keys import GOOD, TOKENS
from tests.access.s3_requests import S3Request
from tests.refusing import refused

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DATE = b"20300101T000000Z"
SCOPE = Scope(GOOD.id, "20300101", "home")
SIGNER = Caller(Requester("owner"), GOOD.id)
SESSION = Session("STS.a1", "owner", "uploader", 0, "app", NOW + timedelta(hours=1))
TOKEN = TOKENS.seal(SESSION)
SECRET = TOKENS.secret_of(SESSION.access_key_id)
OF_SESSION = Requester("owner", role="uploader", session="app")
EMPTY = hashlib.sha256().hexdigest()
HOUR = timedelta(hours=1)
HOST = (b"host", b"s3.example.com")

Pairs = list[tuple[bytes, bytes]]


def v4(
    *more: tuple[bytes, bytes],
    payload: bytes = EMPTY.encode(),
    date: bytes = DATE,
    secret: str = GOOD.secret,
    scope: Scope = SCOPE,
) -> S3Request:
    headers = [HOST, (b"x-amz-content-sha256", payload), (b"x-amz-date", date), *more]
    text = s3_header_v4.authorization("PUT", b"/b/k", [], headers, scope, secret)
    return S3Request("PUT", "/b/k", [*headers, (b"authorization", text.encode())])


def url_v4(
    parameters: Pairs | None = None, secret: str = GOOD.secret, scope: Scope = SCOPE
) -> S3Request:
    query = s3_url_v4.signed_query(
        "GET", b"/b/k", HOUR, scope, secret, NOW, headers=[HOST], parameters=parameters or []
    )
    return S3Request("GET", f"/b/k?{query}", [HOST])


def v2(*more: tuple[bytes, bytes], key_id: str = GOOD.id, secret: str = GOOD.secret) -> S3Request:
    headers = [HOST, (b"date", b"Tue, 01 Jan 2030 00:00:00 GMT"), *more]
    text = s3_v2.authorization("GET", b"/b/k", ("b", b"k"), [], headers, key_id, secret)
    return S3Request("GET", "/b/k", [*headers, (b"authorization", text.encode())])


def url_v2(
    parameters: Pairs | None = None, key_id: str = GOOD.id, secret: str = GOOD.secret
) -> S3Request:
    query = s3_v2.signed_query(
        "GET", b"/b/k", ("b", b"k"), NOW + HOUR, key_id, secret, parameters=parameters or []
    )
    return S3Request("GET", f"/b/k?{query}", [HOST])


def test_nobody() -> None:
    assert S3Request("GET", "/b/k", [HOST]).authenticate(NOW) == (ANONYMOUS, Payload())
    streaming = (b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    _, payload = S3Request("PUT", "/b/k", [HOST, streaming]).authenticate(NOW)
    assert payload == Payload(chunked=True, trailer=True)


def test_each_way() -> None:
    assert v4().authenticate(NOW, "home") == (SIGNER, Payload(EMPTY))
    for request in (url_v4(), v2(), url_v2()):
        assert request.authenticate(NOW, "home") == (SIGNER, Payload())


def test_the_seed_of_signed_chunks() -> None:
    request = v4(payload=b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
    signature = request.headers[-1][1].decode().rpartition("=")[2]
    seed = ChunkSeed(signing_key(GOOD.secret, SCOPE, S3), SCOPE, DATE.decode(), signature)
    _, payload = request.authenticate(NOW)
    assert payload == Payload(chunked=True, trailer=True, seed=seed)


def test_what_a_url_says_of_its_body() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    signed: Pairs = [(b"X-Amz-Content-Sha256", digest.encode())]
    with pytest.raises(Refusal, match="SignatureDoesNotMatch"):
        # `signed_query` signs UNSIGNED-PAYLOAD; the parameter says otherwise.
        url_v4(signed).authenticate(NOW)
    with refused("InvalidArgument", ArgumentName="x-amz-content-sha256", ArgumentValue="a\nb"):
        url_v4([(b"X-Amz-Content-Sha256", b"a\nb")]).authenticate(NOW)
    said: Pairs = [(b"X-Amz-Content-Sha256", b"UNSIGNED-PAYLOAD")]
    assert url_v4(said).authenticate(NOW) == (SIGNER, Payload())
    _, payload = v2((b"x-amz-content-sha256", digest.encode())).authenticate(NOW)
    assert payload == Payload(digest)


@pytest.mark.parametrize("name", [b"X-Amz-Security-Token", b"x-amz-security-token"])
def test_a_security_token_in_a_url(name: bytes) -> None:
    token: Pairs = [(name, TOKEN.encode())]
    scope = Scope(SESSION.access_key_id, "20300101", "home")
    for request in (
        url_v4(token, SECRET, scope),
        url_v2(token, SESSION.access_key_id, SECRET),
    ):
        caller, _ = request.authenticate(NOW)
        assert caller.requester == OF_SESSION


def test_a_security_token_in_a_header() -> None:
    token = (b"x-amz-security-token", TOKEN.encode())
    scope = Scope(SESSION.access_key_id, "20300101", "home")
    for request in (
        v4(token, secret=SECRET, scope=scope),
        v2(token, key_id=SESSION.access_key_id, secret=SECRET),
    ):
        caller, _ = request.authenticate(NOW)
        assert caller.requester == OF_SESSION
    with refused("InvalidAccessKeyId", 403, ec="0002-00000902"):
        v4(secret=SECRET, scope=scope).authenticate(NOW)


def test_a_parameter_stands_for_no_header_beside_a_header_signature() -> None:
    """V2 signs none there, so anybody could have added it."""
    for added in ("x-amz-content-sha256=" + "0" * 64, f"x-amz-security-token={TOKEN}"):
        signed = v2()
        request = S3Request(signed.method, f"{signed.path}?{added}", signed.headers)
        assert request.authenticate(NOW) == (SIGNER, Payload())


def test_another_region() -> None:
    flaw = "the region 'home' is wrong; expecting 'away'"
    with refused(
        "AuthorizationHeaderMalformed",
        400,
        f"The authorization header is malformed; {flaw}",
        Region="away",
    ):
        v4().authenticate(NOW, "away")
    with refused(
        "AuthorizationQueryParametersError",
        400,
        f"Error parsing the X-Amz-Credential parameter; {flaw}",
        Region="away",
    ):
        url_v4().authenticate(NOW, "away")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_off(minutes: int) -> None:
    for request in (v4(), v2()):
        with pytest.raises(Refusal, match="RequestTimeTooSkewed"):
            request.authenticate(NOW + timedelta(minutes=minutes))


def test_a_url_that_has_expired() -> None:
    for request in (url_v4(), url_v2()):
        with pytest.raises(Refusal, match="AccessDenied: Request has expired"):
            request.authenticate(NOW + HOUR + timedelta(seconds=1))


@pytest.mark.parametrize("text", [None, b"", b"soon"])
def test_no_date(text: bytes | None) -> None:
    dates = [] if text is None else [(b"x-amz-date", text)]
    for scheme in (b"AWS a:b", v4().headers[-1][1]):
        request = S3Request("GET", "/b/k", [HOST, (b"authorization", scheme), *dates])
        with refused(
            "AccessDenied",
            403,
            "AWS authentication requires a valid Date or x-amz-date header",
        ):
            request.authenticate(NOW)


def test_a_header_that_is_not_signed() -> None:
    for request in (v4(), url_v4()):
        request.headers.extend([(b"x-amz-cf-id", b"1"), (b"range", b"bytes=0-")])
        assert request.authenticate(NOW)[0] == SIGNER
        request.headers.append((b"X-Amz-Acl", b"public-read"))
        with refused(
            "AccessDenied",
            403,
            "There were headers present in the request which were not signed",
            HeadersNotSigned="x-amz-acl",
        ):
            request.authenticate(NOW)


def test_host_must_be_signed() -> None:
    request = v4()
    unsigned = [
        (name, value.replace(b"SignedHeaders=host;", b"SignedHeaders="))
        for name, value in request.headers
    ]
    with refused(
        "AccessDenied",
        403,
        HeadersNotSigned="host",
    ):
        S3Request("PUT", "/b/k", unsigned).authenticate(NOW)


def test_a_hash_of_the_body_is_asked_for() -> None:
    without = [pair for pair in v4().headers if pair[0] != b"x-amz-content-sha256"]
    with refused(
        "InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"
    ):
        S3Request("PUT", "/b/k", without).authenticate(NOW)


def test_a_wrong_signature_shows_what_was_signed() -> None:
    with pytest.raises(Refusal) as caught:
        v4(secret="other").authenticate(NOW)
    details = caught.value.details
    canonical = (
        "PUT\n/b/k\n\nhost:s3.example.com\n"
        f"x-amz-content-sha256:{EMPTY}\nx-amz-date:20300101T000000Z\n\n"
        f"host;x-amz-content-sha256;x-amz-date\n{EMPTY}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert caught.value.code == "SignatureDoesNotMatch"
    assert details["AWSAccessKeyId"] == GOOD.id
    assert details["CanonicalRequest"] == canonical
    assert details["StringToSign"] == (
        f"AWS4-HMAC-SHA256\n20300101T000000Z\n20300101/home/s3/aws4_request\n{digest}"
    )
    assert "OSSAccessKeyId" not in details

    with pytest.raises(Refusal) as caught:
        url_v2(secret="other").authenticate(NOW)
    assert caught.value.details["StringToSign"] == "GET\n\n\n1893459600\n/b/k"


def test_signed_twice() -> None:
    query = url_v4().target.partition("?")[2]
    for headers, target in (
        (v4().headers, f"/b/k?{query}"),
        (v2().headers, url_v2().target),
        ([HOST], f"{url_v2().target}&{query}"),
    ):
        with refused("InvalidArgument", ArgumentName="Authorization"):
            S3Request("GET", target, headers).authenticate(NOW)


def test_schemes_that_are_not_served() -> None:
    for scheme, code in (
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "NotImplemented"),
        ("Bearer a", "InvalidArgument"),
        ("AWS a", "InvalidArgument"),
    ):
        headers = [HOST, (b"authorization", scheme.encode())]
        with pytest.raises(Refusal) as caught:
            S3Request("GET", "/b/k", headers).authenticate(NOW)
        assert caught.value.code == code


def test_an_operation_can_t_be_added_to_a_url() -> None:
    for addition in ("tagging", "acl", "uploadId=1", "objectMeta", "x-amz-acl=public-read"):
        for request in (url_v2(), url_v4()):
            changed = S3Request("GET", f"{request.target}&{addition}", request.headers)
            with pytest.raises(Refusal, match="SignatureDoesNotMatch"):
                changed.authenticate(NOW)


def test_the_order_of_parameters_and_their_encoding_are_free() -> None:
    request = url_v4([(b"prefix", b"a b/\xc3\xa9")])
    assert "prefix=a%20b%2F%C3%A9&" in request.target
    pairs = parse_qsl(request.target.partition("?")[2])
    target = f"/b/k?{urlencode(pairs[::-1])}"
    assert target.endswith("&prefix=a+b%2F%C3%A9")
    assert S3Request("GET", target, [HOST]).authenticate(NOW)[0] == SIGNER
