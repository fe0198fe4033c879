import calendar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate
from urllib.parse import parse_qsl

import pytest

from pillarbox.signing import s3_v2
from pillarbox.signing.header_v1 import sign
from pillarbox.signing.url_v1 import UrlSignature
from tests.refusing import refused
from tests.signing import s3_vectors as vectors

Pairs = list[tuple[bytes, bytes]]

PUPPY = (b"/photos/puppy.jpg", ("awsexamplebucket1", b"photos/puppy.jpg"))
ROOT = (b"/", ("awsexamplebucket1", None))
LISTING = [(b"prefix", b"photos"), (b"max-keys", b"50"), (b"marker", b"puppy")]


@pytest.mark.parametrize(
    ("method", "address", "query", "more", "time", "signature"),
    [
        ("GET", PUPPY, [], [], b"19:36:42", "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="),
        (
            "PUT",
            PUPPY,
            [],
            [(b"Content-Type", b"image/jpeg"), (b"Content-Length", b"94328")],
            b"21:15:45",
            "iqRzw+ileNPu1fhspnRs8nOjjIA=",
        ),
        ("GET", ROOT, LISTING, [], b"19:42:41", "m0WP8eCtspQl5Ahe6L1SozdX9YA="),
        ("GET", ROOT, [(b"acl", b"")], [], b"19:44:46", "82ZHiFIjc+WbcwFKGUVEQspPn+0="),
    ],
)
def test_the_published_examples(
    method: str,
    address: tuple[bytes, tuple[str, bytes | None]],
    query: Pairs,
    more: Pairs,
    time: bytes,
    signature: str,
) -> None:
    headers = [(b"Date", b"Tue, 27 Mar 2007 %s +0000" % time), *more]
    text = s3_v2.authorization(method, *address, query, headers, vectors.KEY_ID, vectors.SECRET)
    assert text == f"AWS {vectors.KEY_ID}:{signature}"


def test_x_amz_date_empties_the_line_of_the_date() -> None:
    headers = [(b"Date", b"now"), (b"X-Amz-Date", b" then "), (b"x-amz-meta-a", b"1")]
    assert s3_v2.string_to_sign("PUT", headers, b"/b/k") == (
        b"PUT\n\n\n\nx-amz-date:then\nx-amz-meta-a:1\n/b/k"
    )


@pytest.mark.parametrize(
    ("raw_path", "resource", "expected"),
    [
        (b"/b/a%20b", ("b", b"a b"), b"/b/a%20b"),
        (b"/a%20b", ("b", b"a b"), b"/b/a%20b"),
        (b"/b/b", ("b", b"b"), b"/b/b"),
        (b"/b/b", ("b", b"b/b"), b"/b/b/b"),
        (b"/b/", ("b", None), b"/b/"),
        (b"/b", ("b", b"b"), b"/b/b"),
        (b"/", ("b", None), b"/b/"),
        (b"/", (None, None), b"/"),
    ],
)
def test_the_bucket_stands_before_the_path_as_sent(
    raw_path: bytes, resource: tuple[str | None, bytes | None], expected: bytes
) -> None:
    assert s3_v2.canonical_resources(raw_path, resource, []) == (expected,)


def test_a_bucket_alone_is_signed_with_a_slash_or_as_sent() -> None:
    found = s3_v2.canonical_resources(b"/b", ("b", None), [(b"acl", b"")])
    assert found == (b"/b/?acl", b"/b?acl")


def test_sub_resources() -> None:
    query = [
        (b"versionId", b"null"),
        (b"prefix", b"p"),
        (b"continuation-token", b"t"),
        (b"acl", b""),
        (b"response-content-type", b"text/plain; charset=utf-8"),
        (b"bucketInfo", b""),
    ]
    assert s3_v2.canonical_resources(b"/b/k", ("b", b"k"), query) == (
        b"/b/k?acl&bucketInfo&response-content-type=text/plain; charset=utf-8&versionId=null",
    )


def test_a_url() -> None:
    expires = datetime(2007, 4, 3, 12, tzinfo=UTC)
    query = s3_v2.signed_query(
        "GET",
        *PUPPY,
        expires,
        vectors.KEY_ID,
        vectors.SECRET,
        parameters=[(b"x-amz-security-token", b"t"), (b"versionId", b"null")],
    )
    seconds = calendar.timegm(parsedate("Tue, 03 Apr 2007 12:00:00 GMT") or ())
    signature = sign(
        vectors.SECRET,
        b"GET\n\n\n%d\nx-amz-security-token:t\n"
        b"/awsexamplebucket1/photos/puppy.jpg?versionId=null" % seconds,
    )
    assert dict(parse_qsl(query)) == {
        "x-amz-security-token": "t",
        "versionId": "null",
        "AWSAccessKeyId": vectors.KEY_ID,
        "Expires": str(seconds),
        "Signature": signature,
    }
    pairs = [(name.encode(), value.encode()) for name, value in parse_qsl(query)]
    assert s3_v2.is_signed(pairs)
    given = s3_v2.parse(pairs)
    assert given == UrlSignature(vectors.KEY_ID, seconds, str(seconds).encode(), signature)
    s3_v2.check_expiry(given, expires - timedelta(seconds=1))
    with refused(
        "AccessDenied",
        403,
        "Request has expired",
        Expires=str(seconds),
        ServerTime="2007-04-03T12:00:00.000Z",
    ):
        s3_v2.check_expiry(given, expires)


def test_of_header_and_parameter_the_header_counts() -> None:
    text = s3_v2.url_string_to_sign(
        "PUT",
        [(b"x-amz-acl", b"private")],
        [(b"X-Amz-ACL", b"public-read"), (b"x-amz-meta-a", b"1")],
        b"/b/k",
        b"9",
    )
    assert text == b"PUT\n\n\n9\nx-amz-acl:private\nx-amz-meta-a:1\n/b/k"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-amz-meta-a", b"1\nx-amz-acl:public-read"),
        (b"x-amz-meta-a", b"1\r"),
        (b"x-amz-meta-a:1", b""),
        (b"x-amz-acl:private\nx-amz-meta-a", b""),
    ],
)
def test_a_parameter_that_could_be_no_header(name: bytes, value: bytes) -> None:
    with refused("InvalidArgument", ArgumentName=name.decode()):
        s3_v2.url_string_to_sign("PUT", [], [(name, value)], b"/b/k", b"9")


@pytest.mark.parametrize("name", [b"AWSAccessKeyId", b"Expires", b"Signature"])
def test_a_parameter_is_missing(name: bytes) -> None:
    query = [(b"AWSAccessKeyId", b"a"), (b"Expires", b"9"), (b"Signature", b"s")]
    with refused("AccessDenied", 403):
        s3_v2.parse([pair for pair in query if pair[0] != name])


@pytest.mark.parametrize("text", [b"-1", b"1.5", b"9" * 12, b"soon"])
def test_an_expiry_that_is_none(text: bytes) -> None:
    with refused("AccessDenied", 403, "Invalid date (should be seconds since epoch)"):
        s3_v2.parse([(b"AWSAccessKeyId", b"a"), (b"Expires", text), (b"Signature", b"s")])
