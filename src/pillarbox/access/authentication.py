"""Who signed a request: the Authorization header, the URL, or nobody.

A form is not authenticated here: its Authorization header and URL signature are ignored
(OSS: "PostObject").
"""

from __future__ import annotations

from datetime import datetime

from pillarbox.access.caller import ANONYMOUS, Caller, KeyLookup, signing_key_of
from pillarbox.model import refusals
from pillarbox.signing import canonical_request, header_v1, header_v4, post_v4, url_v1, url_v4
from pillarbox.signing.comparison import matches
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.mismatch import signature_mismatch

#: Of a wrong signature in a URL, V1 or V4 (OSS: "Error responses"; another
#: table has it for unknown ids).
EC_URL = "0002-00000040"

_TOKENS = (b"x-oss-security-token", b"security-token")


async def authenticate(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: tuple[str | None, bytes | None],
    lookup: KeyLookup,
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
    names = {name for name, _ in query}
    _check_signed_once(authorization is not None, query)
    if any(token in by_name or token in names for token in _TOKENS):
        raise refusals.NOT_IMPLEMENTED(
            "Temporary credentials are not implemented yet.", Header="x-oss-security-token"
        )
    if url_v4.is_signed(query):
        return await _by_url_v4(method, headers, query, resource, lookup, now, region)
    if authorization is not None and header_v4.is_v4(authorization.decode("latin-1")):
        text = authorization.decode("latin-1")
        return await _by_header_v4(method, headers, query, text, resource, lookup, now, region)
    if authorization is None and not url_v1.is_signed(query):
        return ANONYMOUS
    canonical = header_v1.canonical_resource(*resource, query)
    if authorization is not None:
        return await _by_header(method, headers, authorization, canonical, lookup, now)
    return await _by_url(method, headers, query, canonical, lookup, now)


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
    lookup: KeyLookup,
    now: datetime,
) -> Caller:
    text = authorization.decode("latin-1")
    access_key_id, signature = header_v1.parse_authorization(text)
    key = await signing_key_of(access_key_id, lookup)
    header_v1.check_date(header_v1.request_date(headers), now)
    to_sign = header_v1.string_to_sign(method, headers, resource)
    if not matches(header_v1.sign(key.secret, to_sign), signature):
        raise signature_mismatch(access_key_id, signature, to_sign)
    return Caller(key.account_id, key.id)


async def _by_url(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: bytes,
    lookup: KeyLookup,
    now: datetime,
) -> Caller:
    given = url_v1.parse(query)
    url_v1.check_expiry(given, now)
    key = await signing_key_of(given.access_key_id, lookup)
    to_sign = url_v1.string_to_sign(method, headers, resource, given.expires_text)
    if not matches(header_v1.sign(key.secret, to_sign), given.signature):
        raise signature_mismatch(given.access_key_id, given.signature, to_sign, ec=EC_URL)
    return Caller(key.account_id, key.id)


async def _by_header_v4(
    method: str,
    headers: Pairs,
    query: Pairs,
    authorization: str,
    resource: tuple[str | None, bytes | None],
    lookup: KeyLookup,
    now: datetime,
    region: str | None,
) -> Caller:
    given = header_v4.parse_authorization(authorization)
    date = header_v4.request_date(headers)
    header_v4.check_date(given.scope, date, now)
    post_v4.check_region(given.scope, region)
    additional = canonical_request.additional_headers(given.additional, headers)
    canonical = canonical_request.canonical_request(method, resource, query, headers, additional)
    return await _compare_v4(given.scope, date, canonical, given.signature, lookup)


async def _by_url_v4(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: tuple[str | None, bytes | None],
    lookup: KeyLookup,
    now: datetime,
    region: str | None,
) -> Caller:
    given = url_v4.parse(query)
    url_v4.check_date(given, now)
    post_v4.check_region(given.scope, region)
    additional = canonical_request.additional_headers(given.additional, headers)
    canonical = canonical_request.canonical_request(method, resource, query, headers, additional)
    return await _compare_v4(given.scope, given.date, canonical, given.signature, lookup, ec=EC_URL)


async def _compare_v4(
    scope: post_v4.Scope,
    date: datetime,
    canonical: bytes,
    signature: str,
    lookup: KeyLookup,
    *,
    ec: str | None = None,
) -> Caller:
    key = await signing_key_of(scope.access_key_id, lookup)
    to_sign = canonical_request.string_to_sign(scope, post_v4.render_date(date), canonical)
    if not matches(canonical_request.sign(key.secret, scope, to_sign), signature):
        raise signature_mismatch(
            scope.access_key_id, signature, to_sign, canonical_request=canonical, ec=ec
        )
    return Caller(key.account_id, key.id)
