"""Which parts make an object, and what it is then."""

from __future__ import annotations

import hashlib

import pytest
from fastcrc import crc64

from pillarbox.model.multipart import (
    MIN_PART_SIZE,
    S3_MIN_PART_SIZE,
    Part,
    chosen_parts,
    whole_of,
)
from pillarbox.model.refusals import Refusal


def part(number: int, content: bytes) -> Part:
    return Part(
        number,
        f"f{number}",
        len(content),
        hashlib.md5(content).digest(),
        crc64.xz(content),
        0,
    )


LARGE = part(1, b"a" * MIN_PART_SIZE)
LARGER = part(3, b"b" * (MIN_PART_SIZE + 1))
SMALL = part(7, b"c")
PRESENT = {p.number: p for p in (LARGE, LARGER, SMALL)}


def wanted(*parts: Part) -> list[tuple[int, str]]:
    return [(p.number, p.etag) for p in parts]


def test_numbers_may_be_left_out_and_parts_too() -> None:
    assert chosen_parts(wanted(LARGE, SMALL), PRESENT) == (LARGE, SMALL)
    assert chosen_parts(wanted(SMALL), PRESENT) == (SMALL,)


@pytest.mark.parametrize("etag", [LARGE.etag.lower(), f'"{LARGE.etag}"', f' "{LARGE.etag}" '])
def test_etags_with_or_without_quotes_in_any_case(etag: str) -> None:
    assert chosen_parts([(1, etag)], PRESENT) == (LARGE,)


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ([], "MalformedXML"),
        (wanted(LARGER, LARGE), "InvalidPartOrder"),
        (wanted(LARGE, LARGE), "InvalidPartOrder"),
        ([(2, LARGE.etag)], "InvalidPart"),
        ([(1, SMALL.etag)], "InvalidPart"),
        ([(1, "")], "InvalidPart"),
        ([(7, SMALL.etag), (9, LARGE.etag)], "InvalidPart"),
    ],
)
def test_what_is_refused(listed: list[tuple[int, str]], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        chosen_parts(listed, PRESENT)
    assert refused.value.code == code


def test_all_but_the_last_have_a_least_size() -> None:
    small_first = {1: part(1, b"a" * (MIN_PART_SIZE - 1)), 7: SMALL}
    with pytest.raises(Refusal) as refused:
        chosen_parts(wanted(small_first[1], SMALL), small_first)
    assert refused.value.code == "EntityTooSmall"
    assert refused.value.details["PartNumber"] == "1"
    assert not refused.value.ec


def test_s3_asks_for_more_of_them() -> None:
    large = part(1, b"a" * S3_MIN_PART_SIZE)
    assert chosen_parts(wanted(large, SMALL), {1: large, 7: SMALL}, S3_MIN_PART_SIZE)
    with pytest.raises(Refusal) as refused:
        chosen_parts(wanted(LARGE, SMALL), PRESENT, S3_MIN_PART_SIZE)
    assert refused.value.details == {
        "PartNumber": "1",
        "ProposedSize": "102400",
        "MinSizeAllowed": "5242880",
    }


def test_the_whole() -> None:
    whole = whole_of((LARGE, SMALL))
    content = b"a" * MIN_PART_SIZE + b"c"
    assert (whole.size, whole.crc64) == (len(content), crc64.xz(content))
    digests = hashlib.md5(LARGE.md5 + SMALL.md5).hexdigest().upper()
    assert whole.etag == f"{digests}-2"
