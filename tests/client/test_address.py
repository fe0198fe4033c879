from __future__ import annotations

import pytest

from pillarbox.client.address import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("oss://photos", Address("photos")),
        ("oss://photos/", Address("photos")),
        ("oss://photos/a/b", Address("photos", "a/b")),
        ("oss://photos/a%20b?c#d é/", Address("photos", "a%20b?c#d é/")),
        ("oss://photos//a", Address("photos", "/a")),
    ],
)
def test_parsed(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["photos", "s3://photos/a", "oss:/photos", "oss://", "oss://A/b"])
def test_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="oss://"):
        Address.parse(text)


@pytest.mark.parametrize("key", ["", "/a", "\\a", "é" * 512, "\udc80"])
def test_no_object(key: str) -> None:
    with pytest.raises(ValueError, match=r"names a bucket|can't be an object"):
        Address("photos", key).check_object()


def test_folders() -> None:
    assert Address("photos").below("a") == Address("photos", "a")
    assert Address("photos", "x").below("a") == Address("photos", "x/a")
    assert Address("photos", "x/").below("a") == Address("photos", "x/a")
