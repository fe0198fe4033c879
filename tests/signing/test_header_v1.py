from dataclasses import replace
from datetime import UTC, datetime, timedelta

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import OSS
from pillarbox.model.refusals import Refusal
from pillarbox.signing import header_v1
from tests.signing import vectors

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DATE = b"Tue, 01 Jan 2030 00:00:00 GMT"


def is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def documented_request(content_md5: bytes) -> bytes:
    headers = [
        (b"Content-Md5", content_md5),
        (b"Content-Type", b"text/html"),
        (b"Date", b"Thu, 17 Nov 2005 18:49:58 GMT"),
        (b"Host", b"oss-example.oss-cn-hangzhou.aliyuncs.com"),
        (b"X-OSS-Meta-Author", b"foo@bar.com"),
        (b"X-OSS-Magic", b"abracadabra"),
    ]
    resource = header_v1.canonical_resource("oss-example", b"nelson", [])
    return header_v1.string_to_sign("PUT", headers, resource)


def test_h1_the_documented_request() -> None:
    text = documented_request(b"ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=")
    assert text == (
        b"PUT\nODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=\ntext/html\n"
        b"Thu, 17 Nov 2005 18:49:58 GMT\nx-oss-magic:abracadabra\n"
        b"x-oss-meta-author:foo@bar.com\n/oss-example/nelson"
    )
    signature = header_v1.sign(vectors.DOCUMENTATION_SECRET, text)
    assert signature == "26NBxoKdsyly4EDv6inkoDft/yA="


def test_h1_with_the_digest_that_the_documented_request_really_has() -> None:
    text = documented_request(b"eB5eJF1ptWaXm4bijSPyxw==")
    signature = header_v1.sign(vectors.DOCUMENTATION_SECRET, text)
    assert signature == "hD208RWMpg77svXkQRwWXS+V5KQ="


def test_h2_sub_resources_and_token() -> None:
    headers = [(b"date", DATE), (b"x-oss-security-token", vectors.TOKEN.encode())]
    resource = header_v1.canonical_resource(
        "example-bucket", b"a b/c.txt", [(b"versionId", b"v1"), (b"acl", b""), (b"prefix", b"x")]
    )
    text = header_v1.string_to_sign("GET", headers, resource)
    assert text == (
        b"GET\n\n\nTue, 01 Jan 2030 00:00:00 GMT\nx-oss-security-token:CAISxxTESTTOKEN==\n"
        b"/example-bucket/a b/c.txt?acl&versionId=v1"
    )
    assert header_v1.sign(vectors.SECRET, text) == "HOUapoawOwzZlvOZKwxg5As7hOI="


def test_x_oss_date_takes_the_place_of_date_and_is_signed_as_a_header_too() -> None:
    headers = [(b"Date", b"Mon, 31 Dec 2029 00:00:00 GMT"), (b"X-Oss-Date", DATE)]
    assert header_v1.request_date(headers) == DATE
    assert header_v1.string_to_sign("GET", headers, b"/") == (
        b"GET\n\n\n" + DATE + b"\nx-oss-date:" + DATE + b"\n/"
    )


def test_another_dialect_has_a_date_header_of_its_own() -> None:
    other = replace(OSS, prefix="x-other-")
    headers = [(b"date", b"d"), (b"x-oss-date", b"oss"), (b"x-other-date", b"other")]
    text = header_v1.string_to_sign("GET", headers, b"/", other)
    assert text == b"GET\n\n\nother\nx-other-date:other\n/"


def test_without_any_date_the_line_is_empty() -> None:
    assert header_v1.string_to_sign("GET", [], b"/") == b"GET\n\n\n\n/"


def test_raw_bytes_of_headers_and_keys_are_signed_as_they_came() -> None:
    headers = [(b"x-oss-meta-name", b"  caf\xe9 \xff\t"), (b"content-type", b" a/\xfcb ")]
    resource = header_v1.canonical_resource("example-bucket", b"\xff\xfe/\xe7\x94\xa8", [])
    assert header_v1.string_to_sign("PUT", headers, resource) == (
        b"PUT\n\na/\xfcb\n\nx-oss-meta-name:caf\xe9 \xff\n/example-bucket/\xff\xfe/\xe7\x94\xa8"
    )


def test_headers_are_sorted_by_their_whole_name_and_repeated_ones_joined() -> None:
    headers = [
        (b"x-oss-meta-b", b"2"),
        (b"X-Oss-Meta-A", b"1"),
        (b"x-oss-acl", b"private"),
        (b"x-oss-meta-b", b"3"),
        (b"x-ossify", b"no"),
        (b"x-amz-meta-b", b"no"),
    ]
    assert header_v1.canonical_headers(headers) == (
        b"x-oss-acl:private\nx-oss-meta-a:1\nx-oss-meta-b:2,3\n"
    )


@pytest.mark.parametrize(
    ("bucket", "key", "query", "resource"),
    [
        (None, None, [], b"/"),
        (None, None, [(b"prefix", b"a")], b"/"),
        ("photos", None, [], b"/photos/"),
        ("photos", b"", [], b"/photos/"),
        ("photos", b"a/b c%20.txt", [], b"/photos/a/b c%20.txt"),
        ("photos", b"/lead", [], b"/photos//lead"),
        ("photos", None, [(b"delete", b"")], b"/photos/?delete"),
        (
            "photos",
            None,
            [
                (b"list-type", b"2"),
                (b"continuation-token", b"a+/="),
                (b"max-keys", b"1"),
                (b"delimiter", b"/"),
            ],
            b"/photos/?continuation-token=a+/=",
        ),
        ("photos", b"k", [(b"uploadId", b"1"), (b"partNumber", b"2")], None),
        ("photos", b"k", [(b"udfName", b"f"), (b"UDF", b"f"), (b"ACL", b"")], None),
        ("photos", b"k", [(b"versionId", b"1"), (b"versionId", b"2")], b"/photos/k?versionId=1"),
        ("photos", b"k", [(b"acl", b""), (b"acl", b"2")], b"/photos/k?acl"),
    ],
)
def test_the_resource(
    bucket: str | None, key: bytes | None, query: list[tuple[bytes, bytes]], resource: bytes | None
) -> None:
    if resource is None:
        named = {
            b"uploadId": b"/photos/k?partNumber=2&uploadId=1",
            b"udfName": b"/photos/k?udfName=f",
        }
        resource = named[query[0][0]]
    assert header_v1.canonical_resource(bucket, key, query) == resource


def test_listing_parameters_are_no_sub_resources() -> None:
    for name in (
        b"prefix marker max-keys delimiter encoding-type list-type start-after fetch-owner "
        b"key-marker version-id-marker"
    ).split():
        assert not header_v1.is_sub_resource(name)


def test_everything_that_oss2_signs_is_a_sub_resource() -> None:
    theirs: frozenset[str] = oss2.auth.ProviderAuth._subresource_key_set
    assert len(theirs) > 50
    assert {name for name in theirs if not header_v1.is_sub_resource(name.encode())} == set()


@given(
    query=st.dictionaries(
        st.sampled_from(["acl", "versionId", "uploadId", "prefix", "response-expires"]),
        st.text(max_size=8).filter(is_utf8),
    ),
    key=st.text(min_size=1, max_size=20).filter(is_utf8),
    meta=st.dictionaries(
        st.from_regex(r"[xX]-oss-meta-[a-z]{1,5}", fullmatch=True), st.text("ab:=", min_size=1)
    ),
)
def test_signs_as_oss2_does(query: dict[str, str], key: str, meta: dict[str, str]) -> None:
    auth = oss2.Auth(vectors.KEY_ID, vectors.SECRET)
    request = oss2.http.Request("PUT", "http://photos.localhost/", params=query, headers=meta)
    auth._sign_request(request, "photos", key)

    parameters = [(name.encode(), value.encode()) for name, value in query.items()]
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items() if value]
    resource = header_v1.canonical_resource("photos", key.encode(), parameters)
    text = header_v1.string_to_sign("PUT", headers, resource)
    signature = header_v1.sign(vectors.SECRET, text)
    theirs = request.headers["authorization"]
    assert header_v1.authorization(vectors.KEY_ID, signature) == theirs
    assert header_v1.parse_authorization(theirs) == (vectors.KEY_ID, signature)


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("OSS id:c2ln", ("id", "c2ln")),
        (" OSS  id:c2ln ", ("id", "c2ln")),
        ("OSS id:a:b", ("id", "a:b")),
        ("OSS i d:sig", ("i d", "sig")),
        ("OSS Xid:sigX", ("Xid", "sigX")),
        ("OSS \x0bid:sig\x0b", ("\x0bid", "sig\x0b")),
    ],
)
def test_parses_the_authorization(header: str, parts: tuple[str, str]) -> None:
    assert header_v1.parse_authorization(header) == parts


def test_parses_what_it_writes() -> None:
    header = header_v1.authorization(vectors.KEY_ID, "c2ln")
    assert header == "OSS TestAccessKeyId01:c2ln"
    assert header_v1.parse_authorization(header) == (vectors.KEY_ID, "c2ln")


@pytest.mark.parametrize(
    "header",
    ["", "OSS", "OSS ", "OSS id", "OSS id:", "OSS :sig", "oss id:sig", "OSS2 id:s", "AWS id:s"],
)
def test_refuses_another_authorization_without_repeating_it(header: str) -> None:
    with pytest.raises(Refusal) as caught:
        header_v1.parse_authorization(header)
    refusal = caught.value
    assert (refusal.code, refusal.status) == ("InvalidArgument", 400)
    assert refusal.message == "Authorization header is invalid."
    assert refusal.details == {"ArgumentName": "Authorization"}


@pytest.mark.parametrize("seconds", [0, 900, -900])
def test_accepts_15_minutes_of_skew(seconds: int) -> None:
    header_v1.check_date(DATE, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [901, -901])
def test_refuses_more_skew_and_tells_the_time(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    with pytest.raises(Refusal) as caught:
        header_v1.check_date(DATE, now)
    assert (caught.value.code, caught.value.status) == ("RequestTimeTooSkewed", 403)
    assert caught.value.details == {
        "MaxAllowedSkewMilliseconds": "900000",
        "RequestTime": "2030-01-01T00:00:00.000Z",
        "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }


@pytest.mark.parametrize("date", [b"", b"today", b"\xff\xfe", b"20300101T000000Z", b"1893456000"])
def test_refuses_a_date_that_is_none(date: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        header_v1.check_date(date, NOW)
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    assert caught.value.message == "OSS authentication requires a valid Date."
