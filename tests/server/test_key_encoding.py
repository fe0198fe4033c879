from __future__ import annotations

import pytest

from pillarbox.server.key_encoding import key_encoding
from tests.refusing import refused
from tests.server.requests import request


@pytest.mark.parametrize("query", [b"", b"encoding-type", b"encoding-type=", b"prefix=url"])
def test_none(query: bytes) -> None:
    assert key_encoding(request(query=query)) is None


def test_url() -> None:
    encode = key_encoding(request(query=b"encoding-type=url"))
    assert encode is not None
    assert encode("a/ é+~\x01".encode()) == "a%2F%20%C3%A9%2B~%01"


def test_another() -> None:
    with refused("InvalidArgument", ArgumentName="encoding-type", ArgumentValue="base64"):
        key_encoding(request(query=b"encoding-type=base64"))
