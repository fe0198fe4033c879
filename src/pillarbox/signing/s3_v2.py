"""S3's V2 signatures: `Authorization: AWS id:signature`, and the query
`AWSAccessKeyId`, `Expires`, `Signature` (S3: "Signing and authenticating REST requests").

Lines and HMAC are those of OSS's V1 (`header_v1`), which descends from it. What differs: the date's
line is empty where there is an `x-amz-date`, the path is signed as it was sent, the sub-resources
are others, and a URL's `x-amz-*` parameters count as headers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import quote, unquote_to_bytes

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.dialects import S3
from pillarbox.model.timestamps import xml_date
from pillarbox.signing import header_v1
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.url_v1 import UrlSignature

_PREFIX = S3.prefix.encode("ascii")
_ID, _EXPIRES, _SIGNATURE = _NAMES = (S3.access_key_field.encode("ascii"), b"Expires", b"Signature")
# Years beyond 9999 are nobody's wish and overflow clocks.
_MAX_DIGITS = 11
# What a header's value can't hold: RFC 9110, section 5.5.
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# Refusals repeat what was sent; the XML has to stay under 4 KB.
_SHOWN = 256

# The union of what the documents and botocore sign.
_OWN_SUB_RESOURCES = frozenset(
    b"""
    accelerate acl analytics cors defaultObjectAcl delete inventory lifecycle location logging
    metrics notification object-lock partNumber policy replication requestPayment
    response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires restore select select-type
    storageClass tagging torrent uploadId uploads versionId versioning versions website
    """.split()
)

# OSS's are signed too: no client of S3 sends them, and an operation that one of them selects must
# not be reached by adding it to a URL that was signed for another. S3's own list of objects has
# `continuation-token`, and signs it not.
SUB_RESOURCES = (header_v1.SUB_RESOURCES - {b"continuation-token"}) | _OWN_SUB_RESOURCES

_quote = partial(quote, safe="")


def is_signed(query: Pairs) -> bool:
    """Whether `query` (decoded) holds a parameter of a URL signature that means nothing else."""
    return any(name in (_ID, _SIGNATURE) for name, _ in query)


def parse(query: Pairs) -> UrlSignature:
    """Read the three parameters of a signed URL; of one that occurs twice the first counts.

    Raises:
        Refusal: `AccessDenied` if one is missing or empty, or if Expires is no number of seconds.
    """
    given = dict(reversed(query))
    if not all(given.get(name) for name in _NAMES):
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED(
            "Query-string authentication requires the Signature, Expires and "
            f"{S3.access_key_field} parameters"
        )
    access_key_id, expires, signature = (given[name] for name in _NAMES)
    if not expires.isdigit() or len(expires) > _MAX_DIGITS:
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED("Invalid date (should be seconds since epoch)")
    return UrlSignature(
        access_key_id.decode("utf-8", "replace"),
        int(expires),
        expires,
        signature.decode("utf-8", "replace"),
    )


def check_expiry(signature: UrlSignature, now: datetime) -> None:
    """Refuse a URL that has expired; ask before the signature is compared.

    Args:
        now: aware.

    Raises:
        Refusal: `AccessDenied`, "Request has expired".
    """
    if now.timestamp() >= signature.expires:
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED(
            "Request has expired",
            Expires=str(signature.expires),
            ServerTime=xml_date(int(now.timestamp()) * 1000),
        )


def canonical_resources(
    raw_path: bytes, resource: tuple[str | None, bytes | None], query: Pairs
) -> tuple[bytes, ...]:
    """What the request is about: the path as it was sent, with the bucket, and its sub-resources.

    It is one text but for the path `/bucket`, which botocore signs as `/bucket/` and the
    JavaScript SDK as it is; both name the bucket alone.

    Args:
        raw_path: as it stands in the request line, without the query.
        resource: bucket and key, decoded. Where the key is all of the path, the bucket was in the
            host name and goes in front.
        query: decoded; of a name that occurs twice the first counts.
    """
    bucket, key = resource
    in_host = bucket is not None and unquote_to_bytes(raw_path.removeprefix(b"/")) == (key or b"")
    path = b"/%s%s" % (bucket.encode("utf-8"), raw_path) if bucket and in_host else raw_path
    bare = bucket is not None and not key and not path.endswith(b"/")
    tail = _tail(query)
    return (path + b"/" + tail, path + tail) if bare else (path + tail,)


def string_to_sign(method: str, headers: Pairs, resource: bytes) -> bytes:
    """The text under a header signature.

    Args:
        method: the verb, uppercase.
        headers: all of the request's.
        resource: one of `canonical_resources`.
    """
    by_name = {name.lower(): value.strip() for name, value in reversed(headers)}
    date = b"" if b"x-amz-date" in by_name else by_name.get(b"date", b"")
    return header_v1.assemble(method, headers, date, resource, S3)


def url_string_to_sign(
    method: str, headers: Pairs, query: Pairs, resource: bytes, expires: bytes
) -> bytes:
    """The text under a URL signature.

    Args:
        method: the verb, uppercase.
        headers: all of the request's; one of them counts before a parameter of its name.
        query: decoded.
        resource: one of `canonical_resources`.
        expires: as it stands in the URL.

    Raises:
        Refusal: `InvalidArgument` for a parameter that could be no header: with a line's end in
            it, it would read like two.
    """
    moved = _moved_headers(headers, query)
    return header_v1.assemble(method, [*headers, *moved], expires, resource, S3)


def authorization(
    method: str,
    raw_path: bytes,
    resource: tuple[str | None, bytes | None],
    query: Pairs,
    headers: Pairs,
    access_key_id: str,
    secret: str,
) -> str:
    """The value of the header `Authorization` for a request with these `headers`."""
    text = string_to_sign(method, headers, canonical_resources(raw_path, resource, query)[0])
    return header_v1.authorization(access_key_id, header_v1.sign(secret, text), S3)


def signed_query(
    method: str,
    raw_path: bytes,
    resource: tuple[str | None, bytes | None],
    expires: datetime,
    access_key_id: str,
    secret: str,
    *,
    parameters: Sequence[tuple[bytes, bytes]] = (),
    headers: Pairs = (),
) -> str:
    """The query, percent-encoded and without `?`, that lets anybody make this one request.

    Args:
        expires: aware; counted in whole seconds.
        parameters: further query parameters; a temporary credential's token as
            `x-amz-security-token`.
        headers: those headers of the request that are signed, if it will have any.
    """
    text = b"%d" % int(expires.timestamp())
    canonical = canonical_resources(raw_path, resource, parameters)[0]
    to_sign = url_string_to_sign(method, headers, parameters, canonical, text)
    signature = header_v1.sign(secret, to_sign).encode("ascii")
    own = zip(_NAMES, (access_key_id.encode("utf-8"), text, signature), strict=True)
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in (*parameters, *own))


def _moved_headers(headers: Pairs, query: Pairs) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in headers}
    moved = [
        (name, value)
        for name, value in query
        if name.lower().startswith(_PREFIX) and name.lower() not in there
    ]
    for name, value in moved:
        if b":" in name or _CONTROLS.search(name) or _CONTROLS.search(value):
            raise refusals.INVALID_ARGUMENT(
                "A parameter that stands for a header holds what no header can.",
                ArgumentName=name[:_SHOWN].decode("utf-8", "replace"),
            )
    return moved


def _tail(query: Pairs) -> bytes:
    """The sub-resources, with `?` where there are any."""
    chosen: dict[bytes, bytes] = {}
    for name, value in query:
        if name in SUB_RESOURCES:
            chosen.setdefault(name, value)
    items = (b"%s=%s" % item if item[1] else item[0] for item in sorted(chosen.items()))
    return b"?" + b"&".join(items) if chosen else b""
