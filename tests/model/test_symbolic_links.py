"""Where links lead, as headers say it."""

from __future__ import annotations

import pytest

from pillarbox.model.symbolic_links import read_target, written_target
from tests.refusing import refused


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"a", "a"),
        (b" dir/a.txt ", "dir/a.txt"),
        (b"dir%2Fa%20b%2B", "dir/a b+"),
        (b"a+b", "a b"),
        (b"%E7%9B%AE", "目"),
        ("目".encode(), "目"),
        (b"/a", "/a"),
    ],
)
def test_targets(value: bytes, key: str) -> None:
    assert read_target(value) == key.encode()
    assert read_target(written_target(key.encode()).encode()) == key.encode()


@pytest.mark.parametrize("value", [b"", b" ", b"%FF"])
def test_what_is_no_key(value: bytes) -> None:
    with refused("InvalidObjectName", 400):
        read_target(value)


def test_a_key_that_is_too_long() -> None:
    with refused("InvalidObjectName", Size="1024", MaxSizeAllowed="1023"):
        read_target(b"x" * 1024)


def test_no_target() -> None:
    with refused("MissingArgument", 400, ec="0043-00000001", ArgumentName="x-oss-symlink-target"):
        read_target(None)
