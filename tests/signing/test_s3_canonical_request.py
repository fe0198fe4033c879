import pytest

from pillarbox.signing.s3_canonical_request import canonical_request, signed_headers
from tests.refusing import refused

HOST = (b"Host", b"b.example.com")


def test_its_lines() -> None:
    headers = [
        HOST,
        (b"X-Amz-Meta-A", b"  a  b\tc "),
        (b"x-amz-meta-a", b"d"),
        (b"Content-Type", b"text/plain"),
        (b"User-Agent", b"unsigned"),
    ]
    query = [(b"b", b""), (b"a/", b"\xc3\xa9 +"), (b"X-Amz-Signature", b"s"), (b"a/", b"1")]
    names = signed_headers(b"X-Amz-Meta-A; host;content-type;expect;host", headers)
    assert names == (b"content-type", b"expect", b"host", b"x-amz-meta-a")
    text = canonical_request("PUT", b"/a%20b/%7Ec%2Fd/../%C3%A9+$", query, headers, names, b"hash")
    assert text.decode().split("\n") == [
        "PUT",
        "/a%20b/~c/d/../%C3%A9%2B%24",
        "a%2F=%C3%A9%20%2B&a%2F=1&b=",
        "content-type:text/plain",
        "expect:",
        "host:b.example.com",
        "x-amz-meta-a:a b c,d",
        "",
        "content-type;expect;host;x-amz-meta-a",
        "hash",
    ]


@pytest.mark.parametrize("names", [b"", b"x-amz-date", b";"])
def test_host_is_signed(names: bytes) -> None:
    with refused("AccessDenied", 403, HeadersNotSigned="host"):
        signed_headers(names, [HOST])


def test_all_of_the_protocol_s_headers_are_signed() -> None:
    headers = [
        HOST,
        (b"X-Amz-Meta-B", b""),
        (b"x-amz-acl", b""),
        (b"x-amzn-trace-id", b""),
        (b"X-Amz-Cf-Id", b""),
    ]
    with refused("AccessDenied", 403, HeadersNotSigned="x-amz-acl, x-amz-meta-b"):
        signed_headers(b"host", headers)
    assert signed_headers(b"host;x-amz-acl;x-amz-meta-b", headers) == (
        b"host",
        b"x-amz-acl",
        b"x-amz-meta-b",
    )


@pytest.mark.parametrize("name", [b"a\nb", b"x-amz-acl:private", b"a b", b"\xff"])
def test_a_name_that_is_none(name: bytes) -> None:
    with refused("InvalidArgument", ArgumentName="SignedHeaders"):
        signed_headers(b"host;" + name, [HOST])
