"""The V4 signature in a URL: `?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=…`
(OSS: "Include a V4 signature in a URL").

What is signed stands in `canonical_request`: every parameter but `x-oss-signature`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.limits import MAX_URL_V4_SECONDS
from pillarbox.signing import canonical_request, post_v4
from pillarbox.signing.header_v1 import MAX_SKEW, Pairs, check_skew
from pillarbox.signing.post_v4 import Scope

_MAX_DIGITS = len(str(MAX_URL_V4_SECONDS))
_SHOWN = 256


@dataclass(frozen=True, slots=True)
class UrlSignature:
    """The parameters of a signed URL.

    Attributes:
        date: when it was signed, UTC.
        expires: how long after `date` the URL is good.
        additional: names of additional headers as they were sent, joined by `;`.
    """

    scope: Scope
    date: datetime
    expires: timedelta
    additional: bytes
    signature: str


def is_signed(query: Pairs, dialect: Dialect = OSS) -> bool:
    """Whether `query` (decoded) holds a parameter that only a V4 signature has."""
    if not query:
        return False
    names = {
        dialect.field(name).encode("ascii")
        for name in ("signature-version", "credential", "signature")
    }
    return any(name in names for name, _ in query)


def parse(query: Pairs, dialect: Dialect = OSS) -> UrlSignature:
    """Read the parameters; of one that occurs twice the first counts.

    Raises:
        Refusal: `AccessDenied` if one is missing or empty; `InvalidArgument` for an unknown
            version, a malformed credential or date, or an `x-oss-expires` out of 1 to 604,800.
    """
    given = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in reversed(query)
    }
    required = ("signature-version", "credential", "date", "expires", "signature")
    names = [dialect.field(name) for name in required]
    version = given.get(names[0])
    if version and version != dialect.v4_algorithm:
        raise _refusal(names[0], version, f"must be {dialect.v4_algorithm}.")
    if not all(given.get(name) for name in names):
        raise refusals.ACCESS_DENIED(
            f"Query-string authentication requires the {', '.join(names[:-1])} and {names[-1]} "
            "parameters"
        )
    _, credential, date, expires, signature = (given[name] for name in names)
    return UrlSignature(
        Scope.parse(credential, dialect),
        post_v4.parse_date(date, dialect),
        _validity(expires, names[3]),
        given.get(dialect.field("additional-headers"), "").encode("utf-8", "surrogatepass"),
        signature,
    )


def check_date(given: UrlSignature, now: datetime, dialect: Dialect = OSS) -> None:
    """Refuse a URL that has expired or that was signed more than 15 minutes in the future.

    Asked before the signature is compared, as for V1.

    Args:
        now: aware.

    Raises:
        Refusal: `AccessDenied`, "Request has expired."; `RequestTimeTooSkewed` for the future;
            `InvalidArgument`, EC 0002-00000709, for a date of another day than the credential's.
    """
    post_v4.check_day(given.scope, given.date, dialect)
    if given.date - now > MAX_SKEW:
        check_skew(given.date, now)
    # Compared as an age: a date at the calendar's end can't be added to.
    if now - given.date > given.expires:
        raise refusals.ACCESS_DENIED(
            "Request has expired.", Expires=str(int((given.date + given.expires).timestamp()))
        )


def signed_query(
    method: str,
    bucket: str,
    key: str,
    expires: timedelta,
    scope: Scope,
    secret: str,
    now: datetime,
    *,
    parameters: Pairs = (),
    headers: Pairs = (),
    additional: bytes = b"",
    dialect: Dialect = OSS,
) -> str:
    """The query, percent-encoded and without `?`, that lets anybody make this one request.

    Args:
        method: the verb, uppercase: `GET` to read an object.
        key: of the object, not percent-encoded.
        expires: 1 second to 7 days, counted from `now` in whole seconds.
        scope: whose day must be that of `now` (`scope_at`).
        now: aware.
        parameters: further query parameters, such as `response-content-disposition`; a temporary
            credential's token as `x-oss-security-token`.
        headers: those headers of the request that are signed, if it will have any.
        additional: names of `headers` beyond Content-Type, Content-MD5 and `x-oss-*`, by `;`.

    Raises:
        ValueError: `expires` is out of range.
        Refusal: `InvalidArgument`, see `additional_headers`.
    """
    seconds = expires // timedelta(seconds=1)
    if not 1 <= seconds <= MAX_URL_V4_SECONDS:
        raise ValueError(
            f"a V4 URL can't be good for {seconds} seconds: give 1 to {MAX_URL_V4_SECONDS}"
        )
    date = post_v4.render_date(now)
    names = canonical_request.additional_headers(additional, headers, dialect)
    own = {
        "signature-version": dialect.v4_algorithm,
        "credential": scope.render(dialect),
        "date": date,
        "expires": str(seconds),
    }
    if names:
        own["additional-headers"] = b";".join(names).decode("ascii")
    query = [
        *parameters,
        *(
            (dialect.field(name).encode("ascii"), value.encode("utf-8"))
            for name, value in own.items()
        ),
    ]
    canonical = canonical_request.canonical_request(
        method, (bucket, key.encode("utf-8")), query, headers, names, dialect
    )
    text = canonical_request.string_to_sign(scope, date, canonical, dialect)
    signature = canonical_request.sign(secret, scope, text, dialect)
    query.append((dialect.field("signature").encode("ascii"), signature.encode("ascii")))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)


def scope_at(access_key_id: str, region: str, now: datetime) -> Scope:
    """The scope of what is signed at `now` (aware)."""
    return Scope(access_key_id, now.astimezone(UTC).strftime("%Y%m%d"), region)


def _validity(text: str, name: str) -> timedelta:
    readable = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if readable and 1 <= int(text) <= MAX_URL_V4_SECONDS:
        return timedelta(seconds=int(text))
    raise _refusal(name, text, f"must be a number of seconds from 1 to {MAX_URL_V4_SECONDS}.")


def _refusal(name: str, value: str, reason: str) -> refusals.Refusal:
    return refusals.INVALID_ARGUMENT(
        f"{name} {reason}", ArgumentName=name, ArgumentValue=value[:_SHOWN]
    )
