from datetime import datetime, timedelta

import pytest

from pillarbox.signing import s3_header_v4
from pillarbox.signing.s3_credential import check_region
from tests.refusing import refused
from tests.signing import s3_vectors as vectors
from tests.signing.s3_vectors import v4_headers

Pairs = list[tuple[bytes, bytes]]

EXAMPLES = [
    (
        "GET",
        b"/test.txt",
        [],
        v4_headers((b"range", b"bytes=0-9")),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        "PUT",
        b"/test$file.text",
        [],
        v4_headers(
            (b"date", b"Fri, 24 May 2013 00:00:00 GMT"),
            (b"x-amz-storage-class", b"REDUCED_REDUNDANCY"),
            payload=vectors.WELCOME,
        ),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        "GET",
        b"/",
        [(b"lifecycle", b"")],
        v4_headers(),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        "GET",
        b"/",
        [(b"prefix", b"J"), (b"max-keys", b"2")],
        v4_headers(),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]

CREDENTIAL = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
PREFIX = "The authorization header is malformed; "


@pytest.mark.parametrize(("method", "path", "query", "headers", "signature"), EXAMPLES)
def test_the_published_examples(
    method: str, path: bytes, query: Pairs, headers: Pairs, signature: str
) -> None:
    text = s3_header_v4.authorization(method, path, query, headers, vectors.SCOPE, vectors.SECRET)
    names = b";".join(sorted(name for name, _ in headers))
    assert text == (
        f"AWS4-HMAC-SHA256 {CREDENTIAL}, SignedHeaders={names.decode()}, Signature={signature}"
    )
    assert s3_header_v4.parse_authorization(text) == s3_header_v4.HeaderSignature(
        vectors.SCOPE, names, signature
    )


def test_blanks_and_order_of_the_items_are_free() -> None:
    text = f"AWS4-HMAC-SHA256 Signature=ab,SignedHeaders=host,{CREDENTIAL}"
    given = s3_header_v4.parse_authorization(text)
    assert given == s3_header_v4.HeaderSignature(vectors.SCOPE, b"host", "ab")


@pytest.mark.parametrize(
    "items",
    [
        "",
        CREDENTIAL,
        f"{CREDENTIAL},SignedHeaders=host",
        f"{CREDENTIAL},SignedHeaders=,Signature=ab",
        f"{CREDENTIAL},SignedHeaders=host,Signature=ab,Signature=cd",
        f"{CREDENTIAL},SignedHeaders=host,Signature=ab,More=cd",
    ],
)
def test_a_malformed_header(items: str) -> None:
    with refused(
        "AuthorizationHeaderMalformed",
        400,
        PREFIX + "the authorization header requires three components: Credential, SignedHeaders, "
        "and Signature.",
    ):
        s3_header_v4.parse_authorization(f"AWS4-HMAC-SHA256 {items}")


@pytest.mark.parametrize(
    ("credential", "flaw"),
    [
        (
            "a/20130524/r/s3",
            'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/'
            'aws4_request".',
        ),
        (
            "/20130524/r/s3/aws4_request",
            'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/'
            'aws4_request".',
        ),
        (
            "a/20131324/r/s3/aws4_request",
            'incorrect date format "20131324". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
        (
            "a/20130524/r/oss/aws4_request",
            'incorrect service "oss". This endpoint belongs to "s3".',
        ),
        (
            "a/20130524/r/s3/aliyun_v4_request",
            'incorrect terminal "aliyun_v4_request". This endpoint uses "aws4_request".',
        ),
    ],
)
def test_a_flaw_of_the_credential(credential: str, flaw: str) -> None:
    with refused("AuthorizationHeaderMalformed", 400, PREFIX + flaw):
        s3_header_v4.parse_authorization(
            f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders=host,Signature=ab"
        )


def test_another_region() -> None:
    for region in (None, "us-east-1"):
        check_region(vectors.SCOPE, region, s3_header_v4.refuse)
    with refused(
        "AuthorizationHeaderMalformed",
        400,
        PREFIX + "the region 'us-east-1' is wrong; expecting 'home'",
        Region="home",
    ):
        check_region(vectors.SCOPE, "home", s3_header_v4.refuse)


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_a_clock_may_be_15_minutes_off(minutes: int) -> None:
    now = datetime(2013, 5, 24, 12, tzinfo=vectors.NOW.tzinfo)
    date = now + timedelta(minutes=minutes)
    s3_header_v4.check_date(vectors.SCOPE, date, now)
    with refused(
        "RequestTimeTooSkewed",
        403,
        ec="0002-00000504",
        MaxAllowedSkewMilliseconds="900000",
        RequestTime=(date - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        ServerTime="2013-05-24T12:00:00.000Z",
    ):
        s3_header_v4.check_date(vectors.SCOPE, date - timedelta(hours=1), now)


def test_a_date_of_another_day_than_the_credential() -> None:
    date = vectors.NOW - timedelta(seconds=1)
    with refused(
        "AuthorizationHeaderMalformed",
        400,
        PREFIX + 'Invalid credential date "20130524". This date is not the same as X-Amz-Date: '
        '"20130523".',
    ):
        s3_header_v4.check_date(vectors.SCOPE, date, vectors.NOW)
