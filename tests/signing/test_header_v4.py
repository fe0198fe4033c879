from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.model.dialects import OSS
from pillarbox.model.refusals import Refusal
from pillarbox.signing import header_v4, post_v4
from tests.refusing import refused
from tests.signing import vectors

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SCOPE = post_v4.Scope.parse(vectors.P4_CREDENTIAL, OSS)
CREDENTIAL = f"Credential={vectors.P4_CREDENTIAL}"


@pytest.mark.parametrize(
    "items",
    [
        f"{CREDENTIAL},AdditionalHeaders=host;range,Signature=ab",
        f"{CREDENTIAL}, Signature=ab, AdditionalHeaders=host;range",
        f" Signature=ab ,AdditionalHeaders=host;range,{CREDENTIAL}",
    ],
)
def test_items_come_in_any_order(items: str) -> None:
    header = f"OSS4-HMAC-SHA256 {items}"
    assert header_v4.is_v4(header)
    given = header_v4.parse_authorization(header)
    assert given == header_v4.HeaderSignature(SCOPE, b"host;range", "ab")


@pytest.mark.parametrize(
    "header",
    [
        "OSS4-HMAC-SHA256",
        "OSS4-HMAC-SHA256 x",
        f"OSS4-HMAC-SHA256 {CREDENTIAL}",
        f"OSS4-HMAC-SHA256 {CREDENTIAL},Signature=",
        "OSS4-HMAC-SHA256 Credential=,Signature=ab",
        f"OSS4-HMAC-SHA256 {CREDENTIAL},Signature=ab,Signature=ab",
        f"OSS4-HMAC-SHA256 {CREDENTIAL},Signature=ab,Other=1",
        f"OSS {CREDENTIAL},Signature=ab",
    ],
)
def test_a_malformed_authorization(header: str) -> None:
    with refused(
        "InvalidArgument", 400, "Authorization header is invalid.", ArgumentName="Authorization"
    ):
        header_v4.parse_authorization(header)


def test_x_oss_date_stands_for_date() -> None:
    own, date = (b"x-oss-date", b"20300101T120000Z"), (b"Date", b"Wed, 02 Jan 2030 00:00:00 GMT")
    assert header_v4.request_date([date, own]) == NOW
    assert header_v4.request_date([date]) == NOW + timedelta(hours=12)
    assert header_v4.request_date([(b"date", own[1])]) == NOW


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-oss-date", b""), (b"date", b"20300101T120000Z")],
        [(b"x-oss-date", b"Tue, 01 Jan 2030 12:00:00 GMT")],
        [(b"x-oss-date", b"20301301T120000Z")],
    ],
)
def test_no_readable_date(headers: list[tuple[bytes, bytes]]) -> None:
    message = "OSS authentication requires a valid Date."
    with refused("AccessDenied", 403, message, ec="0003-00000001"):
        header_v4.request_date(headers)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_skew_of_15_minutes_both_ways(sign: int) -> None:
    header_v4.check_date(SCOPE, NOW, NOW + sign * timedelta(minutes=15))
    with pytest.raises(Refusal) as caught:
        header_v4.check_date(SCOPE, NOW, NOW + sign * timedelta(minutes=15, seconds=1))
    assert caught.value.code == "RequestTimeTooSkewed"
    assert caught.value.details["RequestTime"] == "2030-01-01T12:00:00.000Z"


def test_the_day_is_the_credential_s() -> None:
    other = NOW + timedelta(days=1)
    with refused(
        "InvalidArgument",
        ec="0002-00000709",
        ArgumentName="x-oss-date",
        ArgumentValue="20300102T120000Z",
    ):
        header_v4.check_date(SCOPE, other, other)
