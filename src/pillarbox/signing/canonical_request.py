"""The canonical request, the text under the V4 signatures of headers and URLs
(OSS: "Include a V4 signature in the Authorization header", "Include a V4 signature in a URL").

Its lines are

    verb,
    the path /bucket/key, percent-encoded, `/` kept; with the bucket in every addressing style,
    all query parameters but the signature, percent-encoded and sorted by their encoded bytes,
    the signed headers, a line each, and so an empty line,
    the names of the additional headers,
    what stands for the body: the header `x-oss-content-sha256`, else UNSIGNED-PAYLOAD.

Its hash, the date and the scope make the string to sign.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote_from_bytes

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.signing.header_v1 import Pairs
from pillarbox.signing.post_v4 import Scope, signing_key

UNSIGNED_PAYLOAD = b"UNSIGNED-PAYLOAD"

# Signed wherever they occur; nobody names them as additional headers.
_ALWAYS_SIGNED = frozenset((b"content-type", b"content-md5"))
# Refusals repeat what was sent; the XML has to stay under 4 KB.
_SHOWN = 256


def canonical_request(
    method: str,
    resource: tuple[str | None, bytes | None],
    query: Pairs,
    headers: Pairs,
    additional: tuple[bytes, ...] = (),
    dialect: Dialect = OSS,
) -> bytes:
    """The text whose hash is signed.

    Args:
        method: the verb, uppercase.
        resource: bucket and key, decoded; None where there is none.
        query: decoded, all of it; the signature itself is left out. A temporary credential's
            token is a parameter or an `x-oss-*` header like any other.
        headers: all of the request's, raw values.
        additional: of `additional_headers`.
    """
    lines = (
        method.encode("ascii"),
        _canonical_path(*resource),
        _canonical_query(query, dialect),
        _canonical_headers(headers, additional, dialect),
        b";".join(additional),
        _payload(headers, dialect),
    )
    return b"\n".join(lines)


def string_to_sign(
    scope: Scope, date: str, canonical_request: bytes, dialect: Dialect = OSS
) -> bytes:
    """The text under the signature.

    Args:
        date: `YYYYMMDDTHHMMSSZ`.
    """
    _, _, within = scope.render(dialect).partition("/")
    digest = hashlib.sha256(canonical_request).hexdigest()
    return "\n".join((dialect.v4_algorithm, date, within, digest)).encode("utf-8")


def sign(secret: str, scope: Scope, string_to_sign: bytes, dialect: Dialect = OSS) -> str:
    """Lowercase hex of HMAC-SHA256 over the string to sign."""
    return hmac.digest(signing_key(secret, scope, dialect), string_to_sign, "sha256").hex()


def additional_headers(names: bytes, headers: Pairs, dialect: Dialect = OSS) -> tuple[bytes, ...]:
    """The headers that a signature names beside those that are always signed, sorted.

    Args:
        names: joined by `;`, in any case and order; empty for none.
        headers: all of the request's.

    Raises:
        Refusal: `InvalidArgument` for a header that the request lacks, or that is signed anyway.
    """
    chosen = tuple(sorted({name.strip().lower() for name in names.split(b";")} - {b""}))
    there = {name.lower() for name, _ in headers}
    for name in chosen:
        if _is_always_signed(name, dialect):
            raise _additional_refusal(name, "is always signed and can't be", dialect)
        if name not in there:
            raise _additional_refusal(name, "is not in the request but is", dialect)
    return chosen


def _canonical_path(bucket: str | None, key: bytes | None) -> bytes:
    if bucket is None:
        return b"/"
    path = b"/%s/%s" % (bucket.encode("utf-8"), key or b"")
    return quote_from_bytes(path, safe="/").encode("ascii")


def _canonical_query(query: Pairs, dialect: Dialect) -> bytes:
    left_out = dialect.field("signature").encode("ascii")
    items = sorted((_quote(name), _quote(value)) for name, value in query if name != left_out)
    return "&".join(f"{name}={value}" if value else name for name, value in items).encode("ascii")


def _canonical_headers(headers: Pairs, additional: tuple[bytes, ...], dialect: Dialect) -> bytes:
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lower = name.lower()
        if _is_always_signed(lower, dialect) or lower in additional:
            values.setdefault(lower, []).append(value.strip())
    return b"".join(b"%s:%s\n" % (name, b",".join(those)) for name, those in sorted(values.items()))


def _payload(headers: Pairs, dialect: Dialect) -> bytes:
    wanted = dialect.field("content-sha256").encode("ascii")
    return next((v.strip() for name, v in headers if name.lower() == wanted), UNSIGNED_PAYLOAD)


def _is_always_signed(name: bytes, dialect: Dialect) -> bool:
    return name in _ALWAYS_SIGNED or name.startswith(dialect.prefix.encode("ascii"))


def _quote(text: bytes) -> str:
    return quote_from_bytes(text, safe="")


def _additional_refusal(name: bytes, reason: str, dialect: Dialect) -> refusals.Refusal:
    shown = name.decode("utf-8", "replace")[:_SHOWN]
    return refusals.INVALID_ARGUMENT(
        f"The header '{shown}' {reason} named as an additional header.",
        ArgumentName=dialect.field("additional-headers"),
        ArgumentValue=shown,
    )
