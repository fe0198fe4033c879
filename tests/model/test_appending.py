"""Positions of appends, and the ETag of what grows."""

from __future__ import annotations

import hashlib
import re

import pytest

from pillarbox.model.appending import appended_etag, check_position, read_position
from tests.refusing import refused


def test_positions() -> None:
    assert [read_position(text) for text in ("0", "7", "007", "9" * 18)] == [0, 7, 7, 10**18 - 1]


@pytest.mark.parametrize("text", ["-1", "+1", "1.0", "x", "٣", " 1", "9" * 19])
def test_what_is_no_position(text: str) -> None:
    with refused(
        "InvalidArgument",
        ec="0016-00000502",
        ArgumentName="position",
        ArgumentValue=text,
    ):
        read_position(text)


def test_what_can_be_added_to() -> None:
    check_position(0, None, 0)
    check_position(0, "Appendable", 0)
    check_position(5, "Appendable", 5)
    for kind in ("Normal", "Multipart", "Symlink"):
        with refused("ObjectNotAppendable", 409, ec="0026-00000017"):
            check_position(5, kind, 5)


def test_each_append_gives_another_etag_of_all_before() -> None:
    md5 = hashlib.md5(b"").digest()
    first = appended_etag(None, md5)
    second = appended_etag(first, md5)
    other = appended_etag(appended_etag(None, hashlib.md5(b"x").digest()), md5)
    assert re.fullmatch("[0-9A-F]{32}-1", first)
    assert re.fullmatch("[0-9A-F]{32}-2", second)
    assert len({first[:32], second[:32], other[:32]}) == 3
