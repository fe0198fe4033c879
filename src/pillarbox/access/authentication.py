"""Who signed a request: the Authorization header, the URL, or nobody.

A form is not authenticated here: its Authorization header and URL signature are ignored
(OSS: "PostObject").
"""

from __future__ import annotations

from datetime import datetime

from pillarbox.access.caller import ANONYMOUS, Caller, KeyLookup, signing_key_of
from pillarbox.model import refusals
from pillarbox.signing import header_v1, url_v1
from pillarbox.signing.comparison import matches
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.mismatch import signature_mismatch

#: Of a wrong signature in a URL (OSS: "Error responses"; another table has it for unknown ids).
EC_URL_V1 = "0002-00000040"

_LATER = "This kind of signature is not implemented yet; sign with OSS V1."


async def authenticate(
    method: str,
    headers: Pairs,
    query: Pairs,
    resource: tuple[str | None, bytes | None],
    lookup: KeyLookup,
    now: datetime,
) -> Caller:
    """The caller of a request.

    Args:
        headers: raw, lower case names.
        query: decoded.
        resource: bucket and key, None where there is none.
        now: aware.

    Raises:
        Refusal: for a signature that is wrong, incomplete, too old, or of a kind that is not
            implemented.
    """
    by_name = dict(reversed([*headers]))
    authorization = by_name.get(b"authorization")
    names = {name for name, _ in query}
    url_signed = url_v1.is_signed(query)
    if b"x-oss-signature-version" in names or b"x-oss-credential" in names:
        raise refusals.NOT_IMPLEMENTED(_LATER)
    if authorization is not None and url_signed:
        raise refusals.INVALID_ARGUMENT(
            "A request is signed in its header or in its URL, not in both.",
            ArgumentName="Authorization",
        )
    if b"x-oss-security-token" in by_name or b"security-token" in names | set(by_name):
        raise refusals.NOT_IMPLEMENTED(
            "Temporary credentials are not implemented yet.", Header="x-oss-security-token"
        )
    if authorization is None and not url_signed:
        return ANONYMOUS
    canonical = header_v1.canonical_resource(*resource, query)
    if authorization is not None:
        return await _by_header(method, headers, authorization, canonical, lookup, now)
    return await _by_url(method, headers, query, canonical, lookup, now)


async def _by_header(
    method: str,
    headers: Pairs,
    authorization: bytes,
    resource: bytes,
    lookup: KeyLookup,
    now: datetime,
) -> Caller:
    text = authorization.decode("latin-1")
    if text.lstrip().startswith("OSS4-HMAC-SHA256"):
        raise refusals.NOT_IMPLEMENTED(_LATER)
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
        raise signature_mismatch(given.access_key_id, given.signature, to_sign, ec=EC_URL_V1)
    return Caller(key.account_id, key.id)
