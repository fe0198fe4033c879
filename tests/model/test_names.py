"""Names of buckets, keys, AccessKeys and form fields."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.names import (
    check_bucket_name,
    check_key,
    fold_field_name,
    has_control_characters,
    is_access_key_id,
    is_bucket_name,
    is_region,
    is_tag_text,
    is_wide_tag_text,
)
from pillarbox.model.refusals import Refusal
from tests.refusing import refused


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("", ""),
        ("OSSAccessKeyId", "ossaccesskeyid"),
        (string.ascii_uppercase, string.ascii_lowercase),
        ("X-Oss-Meta-Ä", "x-oss-meta-Ä"),
        ("\N{KELVIN SIGN}ey", "\N{KELVIN SIGN}ey"),
    ],
)
def test_the_case_of_ascii_letters_does_not_count(name: str, folded: str) -> None:
    assert fold_field_name(name) == folded


@given(st.text(st.characters(codec="utf-8")))
def test_folding_is_what_http_does_with_field_names(name: str) -> None:
    assert fold_field_name(name).encode() == name.encode().lower()


@pytest.mark.parametrize("name", ["abc", "a-b", "0-0", "a" * 63, "9" * 3, "a--b"])
def test_bucket_names(name: str) -> None:
    assert is_bucket_name(name)
    check_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 64,
        "-ab",
        "ab-",
        "aBc",
        "a.b",
        "a_b",
        "a/b",
        "abc\n",
        "äbc",
        "a b",
        "\u0661bc",
    ],
)
def test_what_names_no_bucket(name: str) -> None:
    assert not is_bucket_name(name)
    with refused(
        "InvalidBucketName",
        400,
        "The specified bucket is not valid.",
        ec="0015-00000001",
        BucketName=name,
    ):
        check_bucket_name(name)


@pytest.mark.parametrize(
    "key",
    [
        "k",
        "a/b",
        "..",
        "a/../../x",
        "./x",
        "a//b",
        "a\\b",
        "%2e%2e/x",
        "a\x00b",
        "trailing.",
        "CON",
        "NUL.txt",
        "C:x",
        "e\u0301",
        "\u00e9",
        "\U0001f600",
        "k" * 1023,
        "é" * 511,
    ],
)
def test_a_key_is_its_bytes_and_never_a_path(key: str) -> None:
    assert check_key(key) == key.encode()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "The Object name can not be empty."),
        ("/k", "The specified object is not valid."),
        ("\\k", "The specified object is not valid."),
        ("\ud800", "The specified object is not valid."),
    ],
)
def test_what_is_no_key(key: str, message: str) -> None:
    with refused("InvalidObjectName", 400, message):
        check_key(key)


@pytest.mark.parametrize("key", ["k" * 1024, "é" * 512])
def test_what_is_too_long(key: str) -> None:
    message = "The Length of Object name must be less than 1024."
    with refused("InvalidObjectName", 400, message, Size="1024", MaxSizeAllowed="1023"):
        check_key(key)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("a B9+-=._:/@", True),
        ("jürgen@example.com", True),
        ("日本 ١٢", True),
        ("a\u0301", True),
        ("a*b", False),
        ("a\nb", False),
        ("a<b", False),
    ],
)
def test_tags_of_s3(text: str, is_good: bool) -> None:
    assert is_wide_tag_text(text) is is_good


def test_a_leading_slash_may_be_allowed() -> None:
    assert check_key("/k", allow_leading_slash=True) == b"/k"


@given(st.text())
def test_any_text_is_a_key_or_a_refusal(text: str) -> None:
    try:
        encoded = check_key(text)
    except Refusal:
        return
    assert 1 <= len(encoded) <= 1023
    assert encoded.decode() == text


@pytest.mark.parametrize("key_id", ["a", "LTAI5t.x_y=", "0" * 128])
def test_access_key_ids(key_id: str) -> None:
    assert is_access_key_id(key_id)


@pytest.mark.parametrize("key_id", ["", "a b", "a/b", "a-b", "ä", "0" * 129, "a\n"])
def test_what_is_no_access_key_id(key_id: str) -> None:
    assert not is_access_key_id(key_id)


@pytest.mark.parametrize(
    ("text", "has"), [("", False), ("aé ~", False), ("\x1f", True), ("\x7f", True)]
)
def test_control_characters(text: str, has: bool) -> None:
    assert has_control_characters(text) is has


@pytest.mark.parametrize(
    ("text", "may"), [("", True), ("aZ0 +-=._:/", True), ("é", False), ("a&b", False)]
)
def test_tag_text(text: str, may: bool) -> None:
    assert is_tag_text(text) is may


@pytest.mark.parametrize("name", ["a", "cn-hangzhou", "eu-west-1", "a" * 64])
def test_regions(name: str) -> None:
    assert is_region(name)


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "CN-HANGZHOU", "cn_hangzhou", "cn/hangzhou", "a" * 65, "a\n"]
)
def test_no_regions(name: str) -> None:
    assert not is_region(name)
