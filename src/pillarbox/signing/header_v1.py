"""The V1 signature of a request, `Authorization: OSS id:signature`
(OSS: "Add signatures to headers").

The string to sign is made of bytes: keys and header values may hold raw bytes that are no ASCII,
and what counts is what was sent. Its lines are

    verb, Content-MD5, Content-Type, Date,
    the x-oss-* headers, lowercased and sorted, a line each,
    the resource: /bucket/key and those query parameters that select another resource.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.limits import MAX_CLOCK_SKEW_SECONDS
from pillarbox.model.timestamps import parse_http_date, xml_date

Pairs = Sequence[tuple[bytes, bytes]]
"""Headers (names in any case, raw values) or query parameters (names and values decoded)."""

MAX_SKEW = timedelta(seconds=MAX_CLOCK_SKEW_SECONDS)

# The union of what the documents and the official SDKs sign. Listing parameters (prefix, marker,
# max-keys, ...) are not signed.
SUB_RESOURCES = frozenset(
    b"""
    accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback
    callback-var cloudboxes cname comp continuation-token cors delete encryption endTime group
    httpsConfig img inventory inventoryId lifecycle link live location logging metaQuery objectInfo
    objectMeta partNumber policy position publicAccessBlock qos qosInfo qosRequester
    redundancyTransition referer regionList replication replicationLocation replicationProgress
    requesterQosInfo requestPayment resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo
    response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires responseHeader restore rtc
    security-token sequential startTime stat status style styleName symlink tagging
    transferAcceleration uploadId uploads versionId versioning versions vod website worm wormExtend
    wormId x-oss-ac-forward-allow x-oss-ac-source-ip x-oss-ac-subnet-mask x-oss-ac-vpc-id
    x-oss-access-point-name x-oss-async-process x-oss-process x-oss-redundancy-transition-taskid
    x-oss-request-payer x-oss-target-redundancy-type x-oss-traffic-limit
    x-oss-write-get-object-response
    """.split()
)


def is_sub_resource(name: bytes) -> bool:
    """Whether the query parameter `name` belongs to the resource that is signed."""
    return name in SUB_RESOURCES or name.startswith(b"udf")


def ends_in_sub_resource(key: str) -> bool:
    """Whether a key such as `k?acl` reads, once it is signed, like the sub-resource of another."""
    tails = key.encode("utf-8").split(b"?")[1:]
    return any(is_sub_resource(tail.partition(b"&")[0].partition(b"=")[0]) for tail in tails)


def canonical_headers(headers: Pairs, dialect: Dialect = OSS) -> bytes:
    """The protocol's own headers, lowercased, trimmed and sorted, `name:value` and LF each.

    A header that is sent twice is one whose values are joined by a comma (RFC 9110 section 5.3).
    """
    prefix = dialect.prefix.encode("ascii")
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lower = name.lower()
        if lower.startswith(prefix):
            values.setdefault(lower, []).append(value.strip())
    return b"".join(b"%s:%s\n" % (name, b",".join(those)) for name, those in sorted(values.items()))


def canonical_resource(bucket: str | None, key: bytes | None, query: Pairs) -> bytes:
    """What the request is about: `/`, `/bucket/` or `/bucket/key`, and its sub-resources.

    Args:
        bucket: None for the service itself, whatever the addressing style of the request.
        key: decoded, not percent-encoded; None or empty for the bucket.
        query: decoded; of a name that occurs twice the first counts.
    """
    path = b"/" if bucket is None else b"/%s/%s" % (bucket.encode("utf-8"), key or b"")
    chosen: dict[bytes, bytes] = {}
    for name, value in query:
        if is_sub_resource(name):
            chosen.setdefault(name, value)
    if not chosen:
        return path
    items = (b"%s=%s" % item if item[1] else item[0] for item in sorted(chosen.items()))
    return path + b"?" + b"&".join(items)


def string_to_sign(method: str, headers: Pairs, resource: bytes, dialect: Dialect = OSS) -> bytes:
    """The text under a header signature.

    Args:
        method: the verb, uppercase.
        headers: all of the request's.
        resource: of `canonical_resource`.
    """
    return assemble(method, headers, request_date(headers, dialect), resource, dialect)


def assemble(
    method: str, headers: Pairs, date_line: bytes, resource: bytes, dialect: Dialect
) -> bytes:
    """The text under a header or URL signature, which differ in what stands in the date's line."""
    lines = (
        method.encode("ascii"),
        _first(headers, b"content-md5"),
        _first(headers, b"content-type"),
        date_line,
        canonical_headers(headers, dialect) + resource,
    )
    return b"\n".join(lines)


def sign(secret: str, string_to_sign: bytes) -> str:
    """Base64 of HMAC-SHA1 over the string to sign."""
    digest = hmac.digest(secret.encode("utf-8"), string_to_sign, "sha1")
    return base64.b64encode(digest).decode("ascii")


def authorization(access_key_id: str, signature: str, dialect: Dialect = OSS) -> str:
    """The value of the header `Authorization`."""
    return f"{dialect.v1_scheme} {access_key_id}:{signature}"


def parse_authorization(header: str, dialect: Dialect = OSS) -> tuple[str, str]:
    """The AccessKey id and the signature in the header `Authorization`.

    Raises:
        Refusal: `InvalidArgument` for anything that isn't `OSS id:signature`. It doesn't repeat
            the header: people paste secrets there.
    """
    scheme, _, rest = header.strip(" \t").partition(" ")
    access_key_id, _, signature = rest.strip(" \t").partition(":")
    if scheme != dialect.v1_scheme or not access_key_id or not signature:
        raise refusals.INVALID_ARGUMENT(
            "Authorization header is invalid.", ArgumentName="Authorization"
        )
    return access_key_id, signature


def request_date(headers: Pairs, dialect: Dialect = OSS) -> bytes:
    """The date that is signed: `x-oss-date` where there is one, else `Date`; empty if neither."""
    own = _first(headers, dialect.field("date").encode("ascii"))
    return own or _first(headers, b"date")


def check_date(date: bytes, now: datetime) -> None:
    """Refuse a request whose date can't be read or is over 15 minutes from `now` (aware).

    Raises:
        Refusal: `AccessDenied` or `RequestTimeTooSkewed`. The latter tells both times: SDKs set
            their clock by `ServerTime` and try again.
    """
    moment = parse_http_date(date.decode("latin-1"))
    if moment is None:
        raise no_valid_date()
    check_skew(moment, now)


def no_valid_date() -> refusals.Refusal:
    """The refusal of a request whose date is missing or can't be read."""
    return refusals.ACCESS_DENIED("OSS authentication requires a valid Date.")


def check_skew(moment: datetime, now: datetime) -> None:
    """Refuse a request that was signed over 15 minutes from `now` (both aware).

    Raises:
        Refusal: `RequestTimeTooSkewed`, see `check_date`.
    """
    if abs(now - moment) > MAX_SKEW:
        raise refusals.REQUEST_TIME_TOO_SKEWED(
            MaxAllowedSkewMilliseconds=str(MAX_SKEW // timedelta(milliseconds=1)),
            RequestTime=_xml_time(moment),
            ServerTime=_xml_time(now),
        )


def _xml_time(moment: datetime) -> str:
    return xml_date(int(moment.timestamp()) * 1000)


def _first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    for header, value in headers:
        if header.lower() == name:
            return value.strip()
    return b""
