"""S3's V4 signature of a request in the header
`Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
(S3: "Authenticating Requests: Using the Authorization Header").

What is signed stands in `s3_canonical_request`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_signature_refusals import AUTHORIZATION_HEADER_MALFORMED
from pillarbox.signing import canonical_request, post_v4, s3_canonical_request
from pillarbox.signing.header_v1 import Pairs, check_skew
from pillarbox.signing.post_v4 import Scope
from pillarbox.signing.s3_credential import check_day, parse_credential

_ITEMS = frozenset(("Credential", "SignedHeaders", "Signature"))


@dataclass(frozen=True, slots=True)
class HeaderSignature:
    """What stands in the header `Authorization`.

    Attributes:
        signed_headers: names as they were sent, joined by `;`.
    """

    scope: Scope
    signed_headers: bytes
    signature: str


def refuse(flaw: str, /, **details: str) -> Refusal:
    """`AuthorizationHeaderMalformed`. It doesn't repeat the header: people paste secrets there."""
    return AUTHORIZATION_HEADER_MALFORMED(
        f"The authorization header is malformed; {flaw}", **details
    )


def parse_authorization(header: str) -> HeaderSignature:
    """Read the header `Authorization`, whose items may come in any order, with or without blanks.

    Raises:
        Refusal: `AuthorizationHeaderMalformed` if an item is missing, unknown or there twice, or
            for a flaw of the credential.
    """
    _, _, rest = header.strip(" \t").partition(" ")
    pairs = [item.strip(" \t").partition("=") for item in rest.split(",")]
    items = {name: value for name, _, value in pairs}
    if len(items) != len(pairs) or items.keys() != _ITEMS or not all(items.values()):
        raise refuse(
            "the authorization header requires three components: Credential, SignedHeaders, and "
            "Signature."
        )
    return HeaderSignature(
        parse_credential(items["Credential"], refuse),
        items["SignedHeaders"].encode("latin-1"),
        items["Signature"],
    )


def check_date(scope: Scope, date: datetime, now: datetime) -> None:
    """Refuse a date over 15 minutes from `now` (aware), or of another day than the credential's.

    Raises:
        Refusal: `RequestTimeTooSkewed`; `AuthorizationHeaderMalformed` for the day.
    """
    check_skew(date, now)
    check_day(scope, date, refuse)


def authorization(
    method: str, raw_path: bytes, query: Pairs, headers: Pairs, scope: Scope, secret: str
) -> str:
    """The value of the header `Authorization` for a request all of whose headers are signed.

    Args:
        method: the verb, uppercase.
        raw_path: as it will stand in the request line, without the query.
        query: decoded.
        headers: with Host, `x-amz-date` (`YYYYMMDDTHHMMSSZ`, of the scope's day) and
            `x-amz-content-sha256`, once each.
    """
    by_name = {name.lower(): value.strip() for name, value in headers}
    signed = s3_canonical_request.signed_headers(b";".join(by_name), headers)
    canonical = s3_canonical_request.canonical_request(
        method, raw_path, query, headers, signed, by_name[b"x-amz-content-sha256"]
    )
    date = post_v4.render_date(post_v4.parse_date(by_name[b"x-amz-date"].decode("latin-1"), S3))
    text = canonical_request.string_to_sign(scope, date, canonical, S3)
    signature = canonical_request.sign(secret, scope, text, S3)
    names = b";".join(signed).decode("ascii")
    return (
        f"{S3.v4_algorithm} Credential={scope.render(S3)}, SignedHeaders={names}, "
        f"Signature={signature}"
    )
