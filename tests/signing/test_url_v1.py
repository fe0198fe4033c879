from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import OSS
from pillarbox.model.refusals import Refusal
from pillarbox.signing import header_v1, url_v1
from tests.signing import vectors

EXPIRES = datetime(2030, 1, 1, tzinfo=UTC)
QUERY = [
    (b"OSSAccessKeyId", b"TestAccessKeyId01"),
    (b"Expires", b"1893456000"),
    (b"Signature", b"c2ln"),
]
MISSING = (
    "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters"
)


def test_u1_the_documented_url() -> None:
    resource = header_v1.canonical_resource("oss-example", b"oss-api.pdf", [])
    text = url_v1.string_to_sign("GET", [], resource, b"1141889120")
    assert text == b"GET\n\n\n1141889120\n/oss-example/oss-api.pdf"
    signature = header_v1.sign(vectors.DOCUMENTATION_SECRET, text)
    assert signature == "EwaNTn1erJGkimiJ9WmXgwnANLc="


@pytest.mark.parametrize("key", ["k?acl", "k?acl=1", "a?b?uploads&x", "?versionId=1", "k?udf1"])
def test_a_key_that_reads_like_a_sub_resource_is_not_signed(key: str) -> None:
    with pytest.raises(ValueError) as caught:
        url_v1.signed_query("GET", "photos", key, EXPIRES, vectors.KEY_ID, vectors.SECRET)
    assert str(caught.value) == (
        f"the key {key!r} ends like a sub-resource, which a V1 signature can't tell apart: "
        "sign a URL for another key"
    )


def test_a_long_key_is_shown_as_far_as_200_characters() -> None:
    key = "k" * 201 + "?acl"
    with pytest.raises(ValueError) as caught:
        url_v1.signed_query("GET", "photos", key, EXPIRES, vectors.KEY_ID, vectors.SECRET)
    assert str(caught.value).startswith(f"the key {'k' * 200!r} ends")


@pytest.mark.parametrize("key", ["k?", "?", "k?b", "acl", "k&acl", "k?aclx", "k?prefix=1", "k?Acl"])
def test_other_keys_with_a_question_mark_are_signed(key: str) -> None:
    assert url_v1.signed_query("GET", "photos", key, EXPIRES, vectors.KEY_ID, vectors.SECRET)


def test_u2_with_token_and_response_header() -> None:
    parameters = [
        (b"security-token", vectors.TOKEN.encode()),
        (b"response-content-type", b"text/plain"),
    ]
    resource = header_v1.canonical_resource("example-bucket", b"dir/a.txt", parameters)
    text = url_v1.string_to_sign("GET", [], resource, b"1893456000")
    assert text == (
        b"GET\n\n\n1893456000\n/example-bucket/dir/a.txt"
        b"?response-content-type=text/plain&security-token=CAISxxTESTTOKEN=="
    )
    assert header_v1.sign(vectors.SECRET, text) == "GRZvYI+fvgaXcNDaBfzi77Hq+dc="

    query = url_v1.signed_query(
        "GET",
        "example-bucket",
        "dir/a.txt",
        EXPIRES,
        vectors.KEY_ID,
        vectors.SECRET,
        parameters=parameters,
    )
    assert query == (
        "security-token=CAISxxTESTTOKEN%3D%3D&response-content-type=text%2Fplain"
        "&OSSAccessKeyId=TestAccessKeyId01&Expires=1893456000"
        "&Signature=GRZvYI%2BfvgaXcNDaBfzi77Hq%2Bdc%3D"
    )


def test_headers_of_the_request_are_signed() -> None:
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"Content-MD5", b"XUFAKrxLKna5cZ2REBfFkg=="),
        (b"X-Oss-Meta-A", b"b"),
        (b"Date", b"is of no use here"),
    ]
    assert url_v1.string_to_sign("PUT", headers, b"/b/k", b"1") == (
        b"PUT\nXUFAKrxLKna5cZ2REBfFkg==\ntext/plain\n1\nx-oss-meta-a:b\n/b/k"
    )


@given(
    key=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    disposition=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
)
def test_makes_the_very_query_that_oss2_makes(key: str, disposition: str) -> None:
    bucket = oss2.Bucket(
        oss2.Auth(vectors.KEY_ID, vectors.SECRET), "http://localhost", "photos", is_path_style=True
    )
    name = "response-content-disposition"
    key = "k" + key  # oss2 refuses some first characters
    theirs = urlsplit(bucket.sign_url("GET", key, 600, params={name: disposition})).query
    expires = datetime.fromtimestamp(int(dict(parse_qsl(theirs))["Expires"]), UTC)
    ours = url_v1.signed_query(
        "GET",
        "photos",
        key,
        expires,
        vectors.KEY_ID,
        vectors.SECRET,
        parameters=[(name.encode(), disposition.encode())],
    )
    assert ours == theirs


def test_parses_the_three_parameters() -> None:
    signature = url_v1.parse(QUERY)
    assert signature == url_v1.UrlSignature("TestAccessKeyId01", 1893456000, b"1893456000", "c2ln")


def test_of_a_repeated_parameter_the_first_counts() -> None:
    later = [(b"Signature", b"other"), (b"Expires", b"9"), (b"OSSAccessKeyId", b"another")]
    assert url_v1.parse([*QUERY, *later]) == url_v1.parse(QUERY)


def test_the_text_of_expires_is_kept_for_the_signature() -> None:
    query = [QUERY[0], (b"Expires", b"0009"), QUERY[2]]
    signature = url_v1.parse(query)
    assert (signature.expires, signature.expires_text) == (9, b"0009")


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_refuses_two_of_three(missing: int) -> None:
    query = [pair for index, pair in enumerate(QUERY) if index != missing]
    emptied = [(name, value * (index != missing)) for index, (name, value) in enumerate(QUERY)]
    for incomplete in (query, emptied):
        assert url_v1.is_signed(incomplete)
        with pytest.raises(Refusal) as caught:
            url_v1.parse(incomplete)
        assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
        assert caught.value.message == MISSING


def test_a_query_without_any_of_them_is_unsigned() -> None:
    assert not url_v1.is_signed([(b"acl", b""), (b"expires", b"1"), (b"prefix", b"Signature")])
    assert not url_v1.is_signed([])


@pytest.mark.parametrize(
    "expires", [b"soon", b"-1", b"+1", b"1.5", b" 1", b"1e9", b"\xd9\xa1", b"1" * 12, b"9" * 9000]
)
def test_refuses_expires_that_is_no_number(expires: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        url_v1.parse([QUERY[0], (b"Expires", expires), QUERY[2]])
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    assert caught.value.message == "Invalid date (should be seconds since epoch)."


def test_expires_has_eleven_digits_at_most() -> None:
    longest = [QUERY[0], (b"Expires", b"9" * 11), QUERY[2]]
    assert url_v1.parse(longest).expires == 99_999_999_999
    with pytest.raises(Refusal):
        url_v1.parse([QUERY[0], (b"Expires", b"9" * 12), QUERY[2]])


def test_another_dialect_has_names_of_its_own() -> None:
    other = replace(
        OSS, prefix="x-other-", access_key_field="OtherKeyId", v1_signature_field="OtherSignature"
    )
    headers = [(b"x-oss-a", b"1"), (b"x-other-b", b"2")]

    query = url_v1.signed_query(
        "GET", "b", "k", EXPIRES, "id", "secret", headers=headers, dialect=other
    )

    text = b"GET\n\n\n1893456000\nx-other-b:2\n/b/k"
    assert dict(parse_qsl(query)) == {
        "OtherKeyId": "id",
        "Expires": "1893456000",
        "OtherSignature": header_v1.sign("secret", text),
    }


def test_names_and_values_are_escaped_whole() -> None:
    query = url_v1.signed_query(
        "GET", "b", "k", EXPIRES, "id", "secret", parameters=[(b"a/b", b"c/d")]
    )
    assert query.startswith("a%2Fb=c%2Fd&")


def test_is_good_until_the_second_it_expires() -> None:
    signature = url_v1.parse(QUERY)
    url_v1.check_expiry(signature, EXPIRES - timedelta(microseconds=1))
    for late in (timedelta(0), timedelta(days=1)):
        with pytest.raises(Refusal) as caught:
            url_v1.check_expiry(signature, EXPIRES + late)
        assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
        assert caught.value.message == "Request has expired."
        assert caught.value.details == {"Expires": "1893456000"}


def test_bytes_that_are_no_text_are_a_wrong_signature_not_an_error() -> None:
    signature = url_v1.parse([(b"OSSAccessKeyId", b"\xff"), QUERY[1], (b"Signature", b"\xfe")])
    assert signature.access_key_id == "\ufffd"
    assert signature.signature == "\ufffd"
