"""The canonical request of S3, the text under its V4 signatures of headers and URLs
(S3: "Signature Calculations for the Authorization Header").

It differs from that of OSS (`canonical_request`): the bucket is in the path only where it was in
the request's, every signed header is named, white space in their values is one blank, and a
parameter without a value keeps its `=`. Its lines are

    verb,
    the path as addressed, decoded once and percent-encoded again, `/` kept,
    all query parameters but the signature, percent-encoded and sorted by their encoded bytes,
    the signed headers, a line each, and so an empty line,
    their names,
    what stands for the body: its SHA-256 or a word, see `payload`.

String to sign and signature are `canonical_request`'s, in the S3 dialect.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.dialects import S3
from pillarbox.signing.header_v1 import Pairs

#: The parameter that holds a URL's signature and so can't be signed.
SIGNATURE_PARAMETER = b"X-Amz-Signature"

#: Content delivery networks add these to a request that is signed already; they mean nothing to
#: a store. AWS: "CloudFront request headers".
ADDED_ON_THE_WAY = frozenset((b"x-amz-cf-id",))

# RFC 9110, section 5.6.2, in lower case.
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_PREFIX = S3.prefix.encode("ascii")
# Refusals repeat what was sent; the XML has to stay under 4 KB.
_SHOWN = 256


def canonical_request(
    method: str,
    raw_path: bytes,
    query: Pairs,
    headers: Pairs,
    signed: tuple[bytes, ...],
    payload: bytes,
) -> bytes:
    """The text whose hash is signed.

    Args:
        method: the verb, uppercase.
        raw_path: as it stands in the request line, without the query.
        query: decoded, all of it.
        headers: all of the request's, raw values.
        signed: of `signed_headers`.
        payload: what stands for the body.
    """
    lines = (
        method.encode("ascii"),
        quote_from_bytes(unquote_to_bytes(raw_path), safe="/").encode("ascii"),
        _canonical_query(query),
        _canonical_headers(headers, signed),
        b";".join(signed),
        payload,
    )
    return b"\n".join(lines)


def signed_headers(names: bytes, headers: Pairs) -> tuple[bytes, ...]:
    """The headers that a signature covers, lowercase and sorted.

    One that is named and isn't in the request counts as empty.

    Args:
        names: joined by `;`, in any case and order.
        headers: all of the request's.

    Raises:
        Refusal: `AccessDenied` if Host or an `x-amz-*` header of the request is not among them:
            it could have been added by anybody. `InvalidArgument` for what is no header's name:
            one with a line's end in it could make another request's text out of this one's.
    """
    signed = {name.strip().lower() for name in names.split(b";")} - {b""}
    if not all(_NAME.fullmatch(name) for name in signed):
        raise refusals.INVALID_ARGUMENT(
            "A signed header's name is none.", ArgumentName="SignedHeaders"
        )
    needed = {b"host"} | {name.lower() for name, _ in headers if _must_be_signed(name.lower())}
    if missing := sorted(needed - signed):
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED(
            "There were headers present in the request which were not signed",
            HeadersNotSigned=b", ".join(missing).decode("utf-8", "replace")[:_SHOWN],
        )
    return tuple(sorted(signed))


def _must_be_signed(name: bytes) -> bool:
    return name.startswith(_PREFIX) and name not in ADDED_ON_THE_WAY


def _canonical_query(query: Pairs) -> bytes:
    items = sorted(
        (quote_from_bytes(name, safe=""), quote_from_bytes(value, safe=""))
        for name, value in query
        if name != SIGNATURE_PARAMETER
    )
    return "&".join(f"{name}={value}" for name, value in items).encode("ascii")


def _canonical_headers(headers: Pairs, signed: tuple[bytes, ...]) -> bytes:
    values: dict[bytes, list[bytes]] = {name: [] for name in signed}
    for name, value in headers:
        lower = name.lower()
        if lower in values:
            values[lower].append(b" ".join(value.split()))
    return b"".join(b"%s:%s\n" % (name, b",".join(those)) for name, those in values.items())
