"""The V1 signature in a URL: `?OSSAccessKeyId=…&Expires=…&Signature=…`
(OSS: "Add signatures to a URL").

The string to sign is that of `header_v1` with `Expires` in the date's line. The three parameters
themselves aren't signed; `security-token` and `response-*` are, as sub-resources.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import quote

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.signing import header_v1
from pillarbox.signing.header_v1 import Pairs

# Years beyond 9999 are nobody's wish and overflow clocks.
_MAX_DIGITS = 11

_quote = partial(quote, safe="")


@dataclass(frozen=True, slots=True)
class UrlSignature:
    """The three parameters of a signed URL.

    Attributes:
        expires: seconds since the Unix epoch, from which on the URL is no longer good.
        expires_text: the same as it stands in the URL and is signed.
    """

    access_key_id: str
    expires: int
    expires_text: bytes
    signature: str


def is_signed(query: Pairs, dialect: Dialect = OSS) -> bool:
    """Whether `query` (decoded) holds any parameter of a URL signature."""
    return any(name in _names(dialect) for name, _ in query)


def parse(query: Pairs, dialect: Dialect = OSS) -> UrlSignature:
    """Read the three parameters; of one that occurs twice the first counts.

    Raises:
        Refusal: `AccessDenied` if one is missing or empty, or if Expires is no number of seconds.
    """
    given = dict(reversed(query))
    names = _names(dialect)
    if not all(given.get(name) for name in names):
        raise refusals.ACCESS_DENIED(
            "Query-string authentication requires the Signature, Expires and "
            f"{dialect.access_key_field} parameters"
        )
    access_key_id, expires, signature = (given[name] for name in names)
    if not expires.isdigit() or len(expires) > _MAX_DIGITS:
        raise refusals.ACCESS_DENIED("Invalid date (should be seconds since epoch).")
    return UrlSignature(
        access_key_id.decode("utf-8", "replace"),
        int(expires),
        expires,
        signature.decode("utf-8", "replace"),
    )


def check_expiry(signature: UrlSignature, now: datetime) -> None:
    """Refuse a URL that has expired; ask before the signature is compared, as OSS does.

    Args:
        now: aware.

    Raises:
        Refusal: `AccessDenied`, "Request has expired."
    """
    if now.timestamp() >= signature.expires:
        raise refusals.ACCESS_DENIED("Request has expired.", Expires=str(signature.expires))


def string_to_sign(
    method: str, headers: Pairs, resource: bytes, expires: bytes, dialect: Dialect = OSS
) -> bytes:
    """The text under a URL signature.

    Args:
        method: the verb, uppercase.
        headers: all of the request's; Content-MD5, Content-Type and `x-oss-*` are signed.
        resource: of `header_v1.canonical_resource`.
        expires: as it stands in the URL.
    """
    return header_v1.assemble(method, headers, expires, resource, dialect)


def signed_query(
    method: str,
    bucket: str,
    key: str,
    expires: datetime,
    access_key_id: str,
    secret: str,
    *,
    parameters: Pairs = (),
    headers: Pairs = (),
    dialect: Dialect = OSS,
) -> str:
    """The query, percent-encoded and without `?`, that lets anybody make this one request.

    Args:
        method: the verb, uppercase: `GET` to read an object.
        key: of the object, not percent-encoded.
        expires: aware; counted in whole seconds.
        parameters: further query parameters, such as `response-content-disposition`.
        headers: those headers of the request that are signed, if it will have any.

    Raises:
        ValueError: the key ends like a sub-resource (`k?acl`). V1 signs key and sub-resource as
            one text, so the URL would also open `GET /k?acl`.
    """
    if header_v1.ends_in_sub_resource(key):
        raise ValueError(
            f"the key {key[:200]!r} ends like a sub-resource, which a V1 signature can't tell "
            "apart: sign a URL for another key"
        )
    expires_text = b"%d" % int(expires.timestamp())
    resource = header_v1.canonical_resource(bucket, key.encode("utf-8"), parameters)
    text = string_to_sign(method, headers, resource, expires_text, dialect)
    signature = header_v1.sign(secret, text)
    id_name, expires_name, signature_name = _names(dialect)
    own = (
        (id_name, access_key_id.encode("utf-8")),
        (expires_name, expires_text),
        (signature_name, signature.encode("ascii")),
    )
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in (*parameters, *own))


def _names(dialect: Dialect) -> tuple[bytes, bytes, bytes]:
    return (
        dialect.access_key_field.encode("ascii"),
        b"Expires",
        dialect.v1_signature_field.encode("ascii"),
    )
