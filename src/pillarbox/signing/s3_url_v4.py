"""S3's V4 signature in a URL: `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=…`
(S3: "Authenticating Requests: Using Query Parameters").

What is signed stands in `s3_canonical_request`: every parameter but `X-Amz-Signature`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.dialects import S3
from pillarbox.model.limits import MAX_URL_V4_SECONDS
from pillarbox.model.s3_signature_refusals import AUTHORIZATION_QUERY_PARAMETERS_ERROR
from pillarbox.model.timestamps import xml_date
from pillarbox.signing import canonical_request, post_v4, s3_canonical_request
from pillarbox.signing.header_v1 import MAX_SKEW, Pairs
from pillarbox.signing.payload import UNSIGNED_PAYLOAD
from pillarbox.signing.post_v4 import Scope
from pillarbox.signing.s3_credential import check_day, parse_credential

_ALGORITHM, _CREDENTIAL, _SIGNATURE, _DATE, _SIGNED_HEADERS, _EXPIRES = _NAMES = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_TELLING = frozenset(name.encode("ascii") for name in (_ALGORITHM, _CREDENTIAL, _SIGNATURE))
_MAX_DIGITS = 11


@dataclass(frozen=True, slots=True)
class UrlSignature:
    """The parameters of a signed URL.

    Attributes:
        date: when it was signed, UTC.
        expires: how long after `date` the URL is good.
        signed_headers: names as they were sent, joined by `;`.
    """

    scope: Scope
    date: datetime
    expires: timedelta
    signed_headers: bytes
    signature: str


def is_signed(query: Pairs) -> bool:
    """Whether `query` (decoded) holds a parameter that only this signature has."""
    return any(name in _TELLING for name, _ in query)


def refuse(flaw: str, /, **details: str) -> refusals.Refusal:
    """`AuthorizationQueryParametersError` for a flaw of the credential."""
    return AUTHORIZATION_QUERY_PARAMETERS_ERROR(
        f"Error parsing the {_CREDENTIAL} parameter; {flaw}", **details
    )


def parse(query: Pairs) -> UrlSignature:
    """Read the parameters; of one that occurs twice the first counts.

    Raises:
        Refusal: `AuthorizationQueryParametersError` if one is missing, empty or none.
    """
    given = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in reversed(query)
    }
    if not all(given.get(name) for name in _NAMES):
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(
            "Query-string authentication version 4 requires the "
            f"{', '.join(_NAMES[:-1])}, and {_NAMES[-1]} parameters."
        )
    if given[_ALGORITHM] != S3.v4_algorithm:
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(
            f'{_ALGORITHM} only supports "{S3.v4_algorithm}"'
        )
    return UrlSignature(
        parse_credential(given[_CREDENTIAL], refuse),
        _date(given[_DATE]),
        _validity(given[_EXPIRES]),
        given[_SIGNED_HEADERS].encode("utf-8", "surrogatepass"),
        given[_SIGNATURE],
    )


def check_date(given: UrlSignature, now: datetime) -> None:
    """Refuse a URL that has expired or that was signed more than 15 minutes in the future.

    Asked before the signature is compared, as S3 does.

    Args:
        now: aware.

    Raises:
        Refusal: `AccessDenied`; `AuthorizationQueryParametersError` for a date of another day
            than the credential's.
    """
    check_day(given.scope, given.date, refuse)
    if given.date - now > MAX_SKEW:
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED("Request is not valid yet")
    # Compared as an age: a date at the calendar's end can't be added to.
    if now - given.date > given.expires:
        raise s3_refusals.SIGNATURE_NOT_ACCEPTED(
            "Request has expired",
            **{_EXPIRES: str(given.expires // timedelta(seconds=1))},
            Expires=_xml_time(given.date + given.expires),
            ServerTime=_xml_time(now),
        )


def signed_query(
    method: str,
    raw_path: bytes,
    expires: timedelta,
    scope: Scope,
    secret: str,
    now: datetime,
    *,
    headers: Pairs,
    parameters: Pairs = (),
) -> str:
    """The query, percent-encoded and without `?`, that lets anybody make this one request.

    Args:
        method: the verb, uppercase: `GET` to read an object.
        raw_path: as it will stand in the request line, without the query.
        expires: 1 second to 7 days, counted from `now` in whole seconds.
        scope: whose day must be that of `now`.
        now: aware.
        headers: those that the request must have: Host, and what else is to be signed.
        parameters: further query parameters, such as `response-content-disposition`; a temporary
            credential's token as `X-Amz-Security-Token`.

    Raises:
        ValueError: `expires` is out of range.
    """
    seconds = expires // timedelta(seconds=1)
    if not 1 <= seconds <= MAX_URL_V4_SECONDS:
        raise ValueError(
            f"a V4 URL can't be good for {seconds} seconds: give 1 to {MAX_URL_V4_SECONDS}"
        )
    date = post_v4.render_date(now)
    signed = s3_canonical_request.signed_headers(b";".join(name for name, _ in headers), headers)
    own = {
        _ALGORITHM: S3.v4_algorithm,
        _CREDENTIAL: scope.render(S3),
        _DATE: date,
        _EXPIRES: str(seconds),
        _SIGNED_HEADERS: b";".join(signed).decode("ascii"),
    }
    query = [*parameters, *((name.encode(), value.encode()) for name, value in own.items())]
    canonical = s3_canonical_request.canonical_request(
        method, raw_path, query, headers, signed, UNSIGNED_PAYLOAD
    )
    text = canonical_request.string_to_sign(scope, date, canonical, S3)
    signature = canonical_request.sign(secret, scope, text, S3)
    query.append((_SIGNATURE.encode(), signature.encode()))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)


def _date(text: str) -> datetime:
    try:
        return post_v4.parse_date(text, S3)
    except refusals.Refusal:
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(
            f"{_DATE} must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from None


def _validity(text: str) -> timedelta:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(f"{_EXPIRES} should be a number")
    seconds = int(text)
    if seconds < 0:
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(f"{_EXPIRES} must be non-negative")
    if seconds > MAX_URL_V4_SECONDS:
        raise AUTHORIZATION_QUERY_PARAMETERS_ERROR(
            f"{_EXPIRES} must be less than a week (in seconds); that is, the given {_EXPIRES} "
            f"must be less than {MAX_URL_V4_SECONDS} seconds"
        )
    return timedelta(seconds=seconds)


def _xml_time(moment: datetime) -> str:
    return xml_date(int(moment.timestamp()) * 1000)
