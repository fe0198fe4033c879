from __future__ import annotations

import pytest

from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.server.query_values import bounded_number, bounded_text, key_encoding
from pillarbox.wire_xml.key_encoding import KeyEncoding
from tests.refusing import refused
from tests.server.requests import request


@pytest.mark.parametrize("query", [b"", b"encoding-type", b"encoding-type=", b"prefix=url"])
def test_keys_as_they_are(query: bytes) -> None:
    assert key_encoding(request(query=query)) == KeyEncoding()


def test_keys_percent_encoded() -> None:
    assert key_encoding(request(query=b"encoding-type=url")) == KeyEncoding(is_url=True)
    of_s3 = request(query=b"encoding-type=url", headers=[(b"x-amz-date", b"20300101T000000Z")])
    assert key_encoding(of_s3) == KeyEncoding(is_url=True, keeps="/")


def test_another_encoding() -> None:
    with refused("InvalidArgument", ArgumentName="encoding-type", ArgumentValue="base64"):
        key_encoding(request(query=b"encoding-type=base64"))


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (b"", 20),
        (b"max-keys", 20),
        (b"max-keys=", 20),
        (b"max-keys=0", 0),
        (b"max-keys=7", 7),
        (b"max-keys=000100", 100),
    ],
)
def test_a_number(query: bytes, number: int) -> None:
    assert bounded_number(request(query=query), "max-keys", 100, least=0, usual=20) == number


def test_a_number_is_the_greatest_where_none_is_usual() -> None:
    assert bounded_number(request(), "max-parts", 1000) == 1000


@pytest.mark.parametrize(
    "text", ["0", "101", "-1", "+1", "1.0", "x", "\u0661", "0000001", "9" * 5000]
)
def test_no_such_number(text: str) -> None:
    asked = request(query=f"max-keys={text}".replace("+", "%2B").encode())
    with refused("InvalidArgument", ArgumentName="max-keys", ArgumentValue=text[:128]):
        bounded_number(asked, "max-keys", 100)


def test_a_text() -> None:
    assert bounded_text(request(), "prefix") == b""
    assert bounded_text(request(query=b"prefix=%C3%A9%FF"), "prefix") == b"\xc3\xa9\xff"
    longest = b"k" * MAX_KEY_SIZE
    assert bounded_text(request(query=b"prefix=" + longest), "prefix") == longest


def test_a_text_longer_than_any_key() -> None:
    message = "The length of prefix must be less than 1024."
    with refused("InvalidArgument", 400, message, ArgumentName="prefix"):
        bounded_text(request(query=b"prefix=" + b"k" * (MAX_KEY_SIZE + 1)), "prefix")
