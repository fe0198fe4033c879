"""Who signed a request of the S3 dialect, and how that vouches for its body.

As `authentication`, which does so for OSS. Messages are S3's where facts 11.4 or S3's
"Error responses" give them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.signers import Signers
from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.signing import (
    canonical_request,
    header_v1,
    payload,
    post_v4,
    s3_canonical_request,
    s3_header_v4,
    s3_url_v4,
    s3_v2,
)
from pillarbox.signing.chunk_signatures import ChunkSeed
from pillarbox.signing.comparison import matches
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.mismatch import signature_mismatch
from pillarbox.signing.payload import Payload
from pillarbox.signing.post_v4 import Scope
from pillarbox.signing.s3_credential import check_region
from pillarbox.signing.s3_date import request_date

_TOKEN = b"x-amz-security-token"


@dataclass(frozen=True, slots=True)
class _Head:
    """What of a request is signed."""

    method: str
    headers: Pairs
    query: Pairs
    raw_path: bytes
    resource: tuple[str | None, bytes | None]

    def value(self, name: bytes) -> bytes | None:
        """That of a header, else of a parameter in any case; an empty one is none.

        A signed URL has in its query what a request has in its headers. Beside a header
        Authorization no parameter counts: V2 doesn't sign it.
        """
        values = (value for header, value in self.headers if header.lower() == name)
        if value := next(values, b"").strip():
            return value
        if any(header.lower() == b"authorization" for header, _ in self.headers):
            return None
        others = (value for parameter, value in self.query if parameter.lower() == name)
        return next(others, None) or None

    def token(self) -> str | None:
        """The security token that came along."""
        found = self.value(_TOKEN)
        return None if found is None else found.decode("latin-1")

    def resources(self) -> tuple[bytes, ...]:
        """The texts for what it is about, of which V2 may have signed any."""
        return s3_v2.canonical_resources(self.raw_path, self.resource, self.query)


async def authenticate_s3(
    method: str,
    headers: Pairs,
    query: Pairs,
    raw_path: bytes,
    resource: tuple[str | None, bytes | None],
    signers: Signers,
    now: datetime,
    region: str | None = None,
) -> tuple[Caller, Payload]:
    """The caller of a request, and what its body must be.

    Args:
        method: the verb, uppercase.
        headers: raw values.
        query: decoded.
        raw_path: as it stands in the request line, without the query.
        resource: bucket and key, decoded, None where there is none.
        now: aware.
        region: the only one that a V4 credential may name, None for any.

    Raises:
        Refusal: for a signature that is wrong, incomplete, too old, or of a kind that is not
            implemented.
    """
    head = _Head(method, headers, query, raw_path, resource)
    authorization = next(
        (value for name, value in headers if name.lower() == b"authorization"), None
    )
    _check_signed_once(authorization is not None, query)
    if s3_url_v4.is_signed(query):
        return await _by_url_v4(head, signers, now, region)
    if s3_v2.is_signed(query):
        return await _by_url_v2(head, signers, now)
    if authorization is None:
        return ANONYMOUS, _unsigned_payload(head)
    text = authorization.decode("latin-1").strip(" \t")
    scheme = text.partition(" ")[0]
    if scheme == S3.v1_scheme:
        return await _by_header_v2(head, text, signers, now)
    if scheme == S3.v4_algorithm:
        return await _by_header_v4(head, text, signers, now, region)
    if scheme.startswith("AWS4-"):
        raise refusals.NOT_IMPLEMENTED(Header="Authorization")
    raise refusals.INVALID_ARGUMENT("Unsupported Authorization Type", ArgumentName="Authorization")


def _check_signed_once(in_header: bool, query: Pairs) -> None:
    if in_header + s3_v2.is_signed(query) + s3_url_v4.is_signed(query) > 1:
        raise refusals.INVALID_ARGUMENT(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
            "query string parameter or the Authorization header should be specified",
            ArgumentName="Authorization",
        )


def _unsigned_payload(head: _Head) -> Payload:
    """What V2 and nobody leave unsigned; a hash that is given is held to all the same."""
    return Payload.read(head.value(payload.HEADER) or payload.UNSIGNED_PAYLOAD)


async def _by_header_v2(
    head: _Head, authorization: str, signers: Signers, now: datetime
) -> tuple[Caller, Payload]:
    access_key_id, signature = header_v1.parse_authorization(authorization, S3)
    header_v1.check_skew(request_date(head.headers), now)
    signer = await signers.find(access_key_id, head.token(), now)
    texts = [
        s3_v2.string_to_sign(head.method, head.headers, resource) for resource in head.resources()
    ]
    _compare_v2(access_key_id, signer.secret, texts, signature)
    return signer.caller, _unsigned_payload(head)


async def _by_url_v2(head: _Head, signers: Signers, now: datetime) -> tuple[Caller, Payload]:
    given = s3_v2.parse(head.query)
    s3_v2.check_expiry(given, now)
    signer = await signers.find(given.access_key_id, head.token(), now)
    texts = [
        s3_v2.url_string_to_sign(
            head.method, head.headers, head.query, resource, given.expires_text
        )
        for resource in head.resources()
    ]
    _compare_v2(given.access_key_id, signer.secret, texts, given.signature)
    return signer.caller, _unsigned_payload(head)


def _compare_v2(access_key_id: str, secret: str, texts: list[bytes], signature: str) -> None:
    if not any(matches(header_v1.sign(secret, text), signature) for text in texts):
        raise signature_mismatch(access_key_id, signature, texts[0], dialect=S3)


async def _by_header_v4(
    head: _Head, authorization: str, signers: Signers, now: datetime, region: str | None
) -> tuple[Caller, Payload]:
    given = s3_header_v4.parse_authorization(authorization)
    date = request_date(head.headers)
    s3_header_v4.check_date(given.scope, date, now)
    check_region(given.scope, region, s3_header_v4.refuse)
    body = next((v.strip() for n, v in head.headers if n.lower() == payload.HEADER), None)
    if body is None:
        raise refusals.INVALID_REQUEST(
            f"Missing required header for this request: {payload.HEADER.decode('ascii')}"
        )
    canonical = _canonical(head, given.signed_headers, body)
    caller, secret = await _compare_v4(
        head, given.scope, date, canonical, given.signature, signers, now
    )
    seed = None
    if body.startswith(payload.SIGNED_CHUNKS):
        key = post_v4.signing_key(secret, given.scope, S3)
        seed = ChunkSeed(key, given.scope, post_v4.render_date(date), given.signature)
    return caller, Payload.read(body, seed)


async def _by_url_v4(
    head: _Head, signers: Signers, now: datetime, region: str | None
) -> tuple[Caller, Payload]:
    given = s3_url_v4.parse(head.query)
    s3_url_v4.check_date(given, now)
    check_region(given.scope, region, s3_url_v4.refuse)
    body = head.value(payload.HEADER) or payload.UNSIGNED_PAYLOAD
    canonical = _canonical(head, given.signed_headers, body)
    caller, _ = await _compare_v4(
        head, given.scope, given.date, canonical, given.signature, signers, now
    )
    return caller, Payload.read(body)


def _canonical(head: _Head, names: bytes, body: bytes) -> bytes:
    payload.check_value(body)
    signed = s3_canonical_request.signed_headers(names, head.headers)
    return s3_canonical_request.canonical_request(
        head.method, head.raw_path, head.query, head.headers, signed, body
    )


async def _compare_v4(
    head: _Head,
    scope: Scope,
    date: datetime,
    canonical: bytes,
    signature: str,
    signers: Signers,
    now: datetime,
) -> tuple[Caller, str]:
    """The caller and the secret that signed."""
    signer = await signers.find(scope.access_key_id, head.token(), now)
    to_sign = canonical_request.string_to_sign(scope, post_v4.render_date(date), canonical, S3)
    if not matches(canonical_request.sign(signer.secret, scope, to_sign, S3), signature):
        raise signature_mismatch(
            scope.access_key_id, signature, to_sign, canonical_request=canonical, dialect=S3
        )
    return signer.caller, signer.secret
