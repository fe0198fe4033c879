from types import SimpleNamespace
from urllib.parse import quote

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from alibabacloud_oss_v2.signer import SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import OSS
from pillarbox.signing import header_v4, post_v4
from pillarbox.signing.canonical_request import (
    additional_headers,
    canonical_request,
    sign,
    string_to_sign,
)
from tests.refusing import refused
from tests.signing import vectors

SCOPE = post_v4.Scope.parse(vectors.P4_CREDENTIAL, OSS)
OWN = [
    (b"x-oss-content-sha256", b"UNSIGNED-PAYLOAD"),
    (b"x-oss-date", vectors.P4_DATE.encode()),
]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NAMES = st.text("abz-.~ +%/&=é\u4e2d\U0001f600", min_size=1, max_size=5)
METAS = st.dictionaries(
    st.from_regex(r"x-oss-meta-[a-z]{1,4}", fullmatch=True),
    st.text("aZ09:,;=/", min_size=1, max_size=6),
    max_size=3,
)


def signature(canonical: bytes, date: str = vectors.P4_DATE) -> str:
    return sign(vectors.SECRET, SCOPE, string_to_sign(SCOPE, date, canonical))


def test_h3_header_with_host() -> None:
    headers = [
        *OWN,
        (b"X-OSS-Meta-Author", b" foo@bar.com "),
        (b"Content-Type", b"text/plain"),
        (b"Host", b"example-bucket.oss-cn-hangzhou.aliyuncs.com"),
        (b"User-Agent", b"unsigned"),
    ]
    names = additional_headers(b"host", headers)
    canonical = canonical_request(
        "PUT", ("example-bucket", b"dir/hello world.txt"), [], headers, names
    )
    assert canonical == (
        b"PUT\n/example-bucket/dir/hello%20world.txt\n\ncontent-type:text/plain\n"
        b"host:example-bucket.oss-cn-hangzhou.aliyuncs.com\n"
        b"x-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:20300101T000000Z\n"
        b"x-oss-meta-author:foo@bar.com\n\nhost\nUNSIGNED-PAYLOAD"
    )
    text = string_to_sign(SCOPE, vectors.P4_DATE, canonical)
    assert text == (
        b"OSS4-HMAC-SHA256\n20300101T000000Z\n20300101/cn-hangzhou/oss/aliyun_v4_request\n"
        b"5993319f47e097b79ae850a0140e8f4c97b3e059198173adfc69c97ccd4b6513"
    )
    expected = "fdbfa9922e5c71011c6827c0f858dc9501316d3a8d56fcbfd5cdc33cad59b8f5"
    assert signature(canonical) == expected
    assert header_v4.authorization(SCOPE, names, expected) == (
        f"OSS4-HMAC-SHA256 Credential={vectors.P4_CREDENTIAL},AdditionalHeaders=host,"
        f"Signature={expected}"
    )


def test_h4_list() -> None:
    query = [(b"prefix", b"dir/"), (b"list-type", b"2"), (b"encoding-type", b"url")]
    canonical = canonical_request("GET", ("example-bucket", None), query, OWN)
    assert signature(canonical) == (
        "56ad9c6ab4e891c6f0bf60aa69b91c3dc7157c0883197ce413c9ce1e220e6357"
    )


def test_h5_service() -> None:
    canonical = canonical_request("GET", (None, None), [], OWN)
    assert signature(canonical) == (
        "5ee0dc764553d4d3c05c835438e28b4ca73d3c81280f822d07dd5b90aaee7379"
    )


def test_a_token_is_signed_in_the_header_and_in_the_url() -> None:
    token = vectors.TOKEN.encode()
    headers = [(b"x-oss-security-token", token)]
    assert canonical_request("GET", (None, None), [], headers) == (
        b"GET\n/\n\nx-oss-security-token:CAISxxTESTTOKEN==\n\n\nUNSIGNED-PAYLOAD"
    )
    assert canonical_request("GET", (None, None), headers, []) == (
        b"GET\n/\nx-oss-security-token=CAISxxTESTTOKEN%3D%3D\n\n\nUNSIGNED-PAYLOAD"
    )


def test_every_parameter_is_signed_by_its_encoded_bytes_but_the_signature() -> None:
    query = [
        (b"b", b"2"),
        (b"a~", b""),
        (b"a+", b"%2F"),
        (b"b", b"1"),
        (b"x-oss-signature", b"s"),
        (b"\xff", b"/"),
    ]
    line = canonical_request("GET", ("b", b"k"), query, []).split(b"\n")[2]
    assert line == b"%FF=%2F&a%2B=%252F&a~&b=1&b=2"


def test_a_hash_of_the_body_is_signed_as_it_stands() -> None:
    headers = [(b"x-oss-content-sha256", b"ab12")]
    assert canonical_request("PUT", ("b", b"k"), [], headers).endswith(b"\n\nab12")


def test_additional_headers_are_sorted_and_of_any_case() -> None:
    headers = [(b"Range", b"x"), (b"host", b"h")]
    assert additional_headers(b"range;HOST;host", headers) == (b"host", b"range")
    assert additional_headers(b"", headers) == ()


@pytest.mark.parametrize("name", ["content-type", "content-md5", "x-oss-date", "range"])
def test_additional_headers_that_are_absent_or_always_signed(name: str) -> None:
    headers = [(b"content-type", b"a"), (b"content-md5", b"b"), *OWN]
    with refused("InvalidArgument", ArgumentName="x-oss-additional-headers", ArgumentValue=name):
        additional_headers(name.encode(), headers)


@given(KEYS, st.dictionaries(NAMES, TEXT, max_size=4), METAS, st.booleans())
def test_signs_as_sdk_v2_does(
    key: str, query: dict[str, str], metas: dict[str, str], with_host: bool
) -> None:
    encoded = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in query.items())
    request = HttpRequest("PUT", f"http://h/b/k?{encoded}", headers={"host": "h", **metas})
    SignerV4().sign(
        SigningContext(
            product="oss",
            region=SCOPE.region,
            bucket="bucket",
            key=key,
            request=request,
            credentials=oss.credentials.Credentials(vectors.KEY_ID, vectors.SECRET),
            additional_headers={"host"} if with_host else None,
        )
    )
    pairs = [(n.encode(), v.encode()) for n, v in query.items()]
    check(request.headers, key, pairs)


@given(
    KEYS,
    st.dictionaries(NAMES, TEXT, max_size=4),
    METAS,
    st.none() | st.permutations(["referer", "range", "host"]),
)
def test_signs_as_oss2_does(
    key: str, query: dict[str, str], metas: dict[str, str], additional: list[str] | None
) -> None:
    """It sends additional headers sorted by their first letter, and signs them sorted."""
    provider = oss2.credentials.StaticCredentialsProvider(vectors.KEY_ID, vectors.SECRET)
    request = SimpleNamespace(
        method="PUT",
        headers={"host": "h", "range": "r", "referer": "f", **metas},
        params=dict(query),
        region=SCOPE.region,
        product="oss",
        cloudbox_id=None,
    )
    auth = oss2.ProviderAuthV4(provider)
    auth._sign_request(request, "bucket", key, additional)
    pairs = [(n.encode(), v.encode()) for n, v in query.items()]
    check(request.headers, key, pairs)


def check(sent: dict[str, str], key: str, query: list[tuple[bytes, bytes]]) -> None:
    """The SDK's own Authorization holds what we compute from the request."""
    headers = [(n.lower().encode(), v.encode()) for n, v in sent.items()]
    told = header_v4.parse_authorization(dict(headers)[b"authorization"].decode())
    date = post_v4.render_date(header_v4.request_date(headers))
    names = additional_headers(told.additional, headers)
    canonical = canonical_request("PUT", ("bucket", key.encode()), query, headers, names)
    text = string_to_sign(told.scope, date, canonical)
    assert sign(vectors.SECRET, told.scope, text) == told.signature
