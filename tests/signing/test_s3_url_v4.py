from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from pillarbox.signing import s3_url_v4
from tests.refusing import refused
from tests.signing import s3_vectors as vectors

DAY = timedelta(days=1)
SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
EXAMPLE = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
    "X-Amz-Date": vectors.DATE,
    "X-Amz-Expires": "86400",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": SIGNATURE,
}
CODE = "AuthorizationQueryParametersError"


def pairs(**changes: str) -> list[tuple[bytes, bytes]]:
    changed = {f"X-Amz-{name}": value for name, value in changes.items()}
    return [(name.encode(), value.encode()) for name, value in {**EXAMPLE, **changed}.items()]


def signed(expires: timedelta) -> str:
    return s3_url_v4.signed_query(
        "GET",
        b"/test.txt",
        expires,
        vectors.SCOPE,
        vectors.SECRET,
        vectors.NOW,
        headers=[(b"host", vectors.HOST)],
    )


def test_the_published_example() -> None:
    assert dict(parse_qsl(signed(DAY))) == EXAMPLE
    given = s3_url_v4.parse(pairs())
    assert given == s3_url_v4.UrlSignature(vectors.SCOPE, vectors.NOW, DAY, b"host", SIGNATURE)
    assert s3_url_v4.is_signed(pairs())
    assert not s3_url_v4.is_signed([(b"X-Amz-Date", b""), (b"Signature", b"x")])


@pytest.mark.parametrize("seconds", [0, 604_801])
def test_a_url_is_good_for_1_second_to_7_days(seconds: int) -> None:
    for right in (1, 604_800):
        assert f"X-Amz-Expires={right}&" in signed(timedelta(seconds=right))
        assert s3_url_v4.parse(pairs(Expires=str(right))).expires == timedelta(seconds=right)
    with pytest.raises(ValueError, match="give 1 to 604800"):
        signed(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        (
            "604801",
            "must be less than a week (in seconds); that is, the given X-Amz-Expires must "
            "be less than 604800 seconds",
        ),
        ("-1", "must be non-negative"),
        ("1e3", "should be a number"),
        ("--1", "should be a number"),
        ("9" * 5000, "should be a number"),
        ("１", "should be a number"),
    ],
)
def test_an_expiry_that_is_none(text: str, flaw: str) -> None:
    with refused(CODE, 400, f"X-Amz-Expires {flaw}"):
        s3_url_v4.parse(pairs(Expires=text))


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_parameter_is_missing(name: str) -> None:
    with refused(
        CODE,
        400,
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    ):
        s3_url_v4.parse([pair for pair in pairs() if pair[0] != name.encode()])


def test_an_algorithm_or_a_date_that_is_none() -> None:
    with refused(CODE, 400, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'):
        s3_url_v4.parse(pairs(Algorithm="AWS4-ECDSA-P256-SHA256"))
    with refused(
        CODE, 400, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    ):
        s3_url_v4.parse(pairs(Date="2013-05-24T00:00:00Z"))


def test_a_flaw_of_the_credential() -> None:
    with refused(
        CODE,
        400,
        'Error parsing the X-Amz-Credential parameter; incorrect service "ec2". This endpoint '
        'belongs to "s3".',
    ):
        s3_url_v4.parse(pairs(Credential="a/20130524/r/ec2/aws4_request"))


def test_its_time() -> None:
    given = s3_url_v4.parse(pairs())
    for right in (vectors.NOW, vectors.NOW + DAY, vectors.NOW - timedelta(minutes=15)):
        s3_url_v4.check_date(given, right)
    with refused(
        "AccessDenied",
        403,
        "Request has expired",
        Expires="2013-05-25T00:00:00.000Z",
        ServerTime="2013-05-25T00:00:01.000Z",
        **{"X-Amz-Expires": "86400"},
    ):
        s3_url_v4.check_date(given, vectors.NOW + DAY + timedelta(seconds=1))
    with refused("AccessDenied", 403, "Request is not valid yet"):
        s3_url_v4.check_date(given, vectors.NOW - timedelta(minutes=16))
    with refused(CODE):
        s3_url_v4.check_date(s3_url_v4.parse(pairs(Date="20130525T000000Z")), vectors.NOW)
