"""Who signed a request: the Authorization header, the URL, or nobody.

A form is not authenticated here: its Authorization header and URL signature are ignored
(OSS: "PostObject").
"""

from __future__ import annotations

from datetime import datetime

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.session_token import is_temporary
from pillarbox.access.signers import Signers
from pillarbox.model import refusals
from pillarbox.signing import canonical_request, header_v1, header_v4, post_v4, url_v1, url_v4
from pillarbox.signing.comparison import matches
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.mismatch import signature_mismatch

#: Of a wrong signature in a URL, V1 or V4 (OSS: "Error responses"; another
#: table has it for unknown ids).
EC_URL = "0002-00000040"

#: Where tokens stand; SDK v2 for Python sends the second as a header, with V1 signatures.
_TOKENS = (b"x-oss-security-token", b"security-token")


async def authenticate(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: tuple[str | None, bytes | None],
    signers: Signers,
    now: datetime,
    region: str | None = None,
) -> Caller:
    """The caller of a request.

    Args:
        headers: raw, lower case names.
        query: decoded.
        resource: bucket and key, None where there is none.
        now: aware.
        region: the only one that a V4 credential may name, None for any.

    Raises:
        Refusal: for a signature that is wrong, incomplete, too old, or of a kind that is not
            implemented.
    """
    by_name = dict(reversed([*headers]))
    authorization = by_name.get(b"authorization")
    _check_signed_once(authorization is not None, query)
    if url_v4.is_signed(query):
        return await _by_url_v4(method, headers, query, resource, signers, now, region)
    if authorization is not None and header_v4.is_v4(authorization.decode("latin-1")):
        text = authorization.decode("latin-1")
        return await _by_header_v4(method, headers, query, text, resource, signers, now, region)
    if authorization is None and not url_v1.is_signed(query):
        return ANONYMOUS
    canonical = header_v1.canonical_resource(*resource, query)
    if authorization is not None:
        return await _by_header(method, headers, authorization, canonical, signers, now)
    return await _by_url(method, headers, query, canonical, signers, now)


def header_token(headers: Pairs) -> str | None:
    """The security token of a request that is signed in its header; an empty one is none."""
    return _token(headers)


def url_token(access_key_id: str, query: Pairs) -> str | None:
    """The security token of a signed URL.

    Raises:
        Refusal: `InvalidRequest` for a temporary AccessKey without one (OSS: "HTTP 400 status
            code").
    """
    token = _token(query)
    if token is None and is_temporary(access_key_id):
        raise refusals.INVALID_REQUEST("Security-token must be provided by query string parameter.")
    return token


def _token(pairs: Pairs) -> str | None:
    by_name = dict(reversed([*pairs]))
    found = next((by_name[name] for name in _TOKENS if by_name.get(name)), None)
    return None if found is None else found.decode("latin-1")


def _check_signed_once(in_header: bool, query: Pairs) -> None:
    v1, v4 = url_v1.is_signed(query), url_v4.is_signed(query)
    if in_header and (v1 or v4):
        raise refusals.INVALID_ARGUMENT(
            "A request is signed in its header or in its URL, not in both.",
            ArgumentName="Authorization",
        )
    if v1 and v4:
        raise refusals.INVALID_ARGUMENT(
            "A URL is signed with V1 or with V4, not with both.",
            ArgumentName="x-oss-signature-version",
        )


async def _by_header(
    method: str,
    headers: Pairs,
    authorization: bytes,
    resource: bytes,
    signers: Signers,
    now: datetime,
) -> Caller:
    text = authorization.decode("latin-1")
    access_key_id, signature = header_v1.parse_authorization(text)
    signer = await signers.find(access_key_id, header_token(headers), now)
    header_v1.check_date(header_v1.request_date(headers), now)
    to_sign = header_v1.string_to_sign(method, headers, resource)
    if not matches(header_v1.sign(signer.secret, to_sign), signature):
        raise signature_mismatch(access_key_id, signature, to_sign)
    return signer.caller


async def _by_url(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: bytes,
    signers: Signers,
    now: datetime,
) -> Caller:
    given = url_v1.parse(query)
    url_v1.check_expiry(given, now)
    signer = await signers.find(given.access_key_id, url_token(given.access_key_id, query), now)
    to_sign = url_v1.string_to_sign(method, headers, resource, given.expires_text)
    if not matches(header_v1.sign(signer.secret, to_sign), given.signature):
        raise signature_mismatch(given.access_key_id, given.signature, to_sign, ec=EC_URL)
    return signer.caller


async def _by_header_v4(
    method: str,
    headers: Pairs,
    query: Pairs,
    authorization: str,
    resource: tuple[str | None, bytes | None],
    signers: Signers,
    now: datetime,
    region: str | None,
) -> Caller:
    given = header_v4.parse_authorization(authorization)
    date = header_v4.request_date(headers)
    header_v4.check_date(given.scope, date, now)
    post_v4.check_region(given.scope, region)
    additional = canonical_request.additional_headers(given.additional, headers)
    canonical = canonical_request.canonical_request(method, resource, query, headers, additional)
    signed = (given.scope, date, canonical, given.signature)
    return await _compare_v4(signed, signers, header_token(headers), now)


async def _by_url_v4(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: tuple[str | None, bytes | None],
    signers: Signers,
    now: datetime,
    region: str | None,
) -> Caller:
    given = url_v4.parse(query)
    url_v4.check_date(given, now)
    post_v4.check_region(given.scope, region)
    additional = canonical_request.additional_headers(given.additional, headers)
    canonical = canonical_request.canonical_request(method, resource, query, headers, additional)
    signed = (given.scope, given.date, canonical, given.signature)
    token = url_token(given.scope.access_key_id, query)
    return await _compare_v4(signed, signers, token, now, ec=EC_URL)


async def _compare_v4(
    signed: tuple[post_v4.Scope, datetime, bytes, str],
    signers: Signers,
    token: str | None,
    now: datetime,
    *,
    ec: str | None = None,
) -> Caller:
    scope, date, canonical, signature = signed
    signer = await signers.find(scope.access_key_id, token, now)
    to_sign = canonical_request.string_to_sign(scope, post_v4.render_date(date), canonical)
    if not matches(canonical_request.sign(signer.secret, scope, to_sign), signature):
        raise signature_mismatch(
            scope.access_key_id, signature, to_sign, canonical_request=canonical, ec=ec
        )
    return signer.caller
