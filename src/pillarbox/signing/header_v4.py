"""The V4 signature of a request in the header
`Authorization: OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…`
(OSS: "Include a V4 signature in the Authorization header").

What is signed stands in `canonical_request`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.timestamps import parse_http_date
from pillarbox.signing import post_v4
from pillarbox.signing.header_v1 import Pairs, check_skew, no_valid_date
from pillarbox.signing.post_v4 import Scope

_ITEMS = frozenset(("Credential", "AdditionalHeaders", "Signature"))


@dataclass(frozen=True, slots=True)
class HeaderSignature:
    """What stands in the header `Authorization`.

    Attributes:
        additional: names of additional headers as they were sent, joined by `;`.
    """

    scope: Scope
    additional: bytes
    signature: str


def is_v4(authorization: str, dialect: Dialect = OSS) -> bool:
    """Whether the header `Authorization` names the V4 algorithm."""
    return authorization.strip(" \t").partition(" ")[0] == dialect.v4_algorithm


def parse_authorization(header: str, dialect: Dialect = OSS) -> HeaderSignature:
    """Read the header `Authorization`, whose items may come in any order.

    Official SDKs differ in order and in the blank after the comma.

    Raises:
        Refusal: `InvalidArgument` if an item is missing, unknown or there twice, or if the
            credential is malformed (`Scope.parse`). It doesn't repeat the header: people paste
            secrets there.
    """
    algorithm, _, rest = header.strip(" \t").partition(" ")
    pairs = [item.strip(" \t").partition("=") for item in rest.split(",")]
    items = {name: value for name, _, value in pairs}
    wrong = (
        algorithm != dialect.v4_algorithm
        or len(items) != len(pairs)
        or not items.keys() <= _ITEMS
        or not items.get("Credential")
        or not items.get("Signature")
    )
    if wrong:
        raise refusals.INVALID_ARGUMENT(
            "Authorization header is invalid.", ArgumentName="Authorization"
        )
    return HeaderSignature(
        Scope.parse(items["Credential"], dialect),
        items.get("AdditionalHeaders", "").encode("latin-1"),
        items["Signature"],
    )


def authorization(
    scope: Scope, additional: tuple[bytes, ...], signature: str, dialect: Dialect = OSS
) -> str:
    """The value of the header `Authorization`."""
    items = [f"Credential={scope.render(dialect)}"]
    if additional:
        items.append(f"AdditionalHeaders={b';'.join(additional).decode('ascii')}")
    return f"{dialect.v4_algorithm} {','.join((*items, f'Signature={signature}'))}"


def request_date(headers: Pairs, dialect: Dialect = OSS) -> datetime:
    """The moment that is signed: of `x-oss-date` if it is there, else of `Date`.

    `x-oss-date` is `YYYYMMDDTHHMMSSZ`; `Date` may be an HTTP date too.

    Raises:
        Refusal: `AccessDenied` if there is none that can be read.
    """
    by_name = {name.lower(): value.strip() for name, value in reversed(headers)}
    own = by_name.get(dialect.field("date").encode("ascii"))
    text = (own if own is not None else by_name.get(b"date", b"")).decode("latin-1")
    moment = None if own is not None else parse_http_date(text)
    if moment is not None:
        return moment
    try:
        return post_v4.parse_date(text, dialect)
    except refusals.Refusal:
        raise no_valid_date() from None


def check_date(scope: Scope, date: datetime, now: datetime, dialect: Dialect = OSS) -> None:
    """Refuse a date over 15 minutes from `now` (aware), or of another day than the credential's.

    Raises:
        Refusal: `RequestTimeTooSkewed`; `InvalidArgument`, EC 0002-00000709, for the day.
    """
    check_skew(date, now)
    post_v4.check_day(scope, date, dialect)
