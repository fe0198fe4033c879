"""The table of bodies, read without a server: whole, byte by byte, and in random pieces."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.bodies.cases import CASES, Case
from tests.bodies.reading import Accepted, Refused, read_form

#: Larger bodies go byte by byte at both ends only.
_ENDS = 2048

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@each_case
def test_whole(case: Case) -> None:
    assert read_form(case.content_type, [case.body]) == case.verdict, case.reason


@each_case
def test_byte_by_byte(case: Case) -> None:
    assert read_form(case.content_type, _bytewise(case.body)) == case.verdict, case.reason


@each_case
@pytest.mark.parametrize("seed", [1, 2])
def test_in_random_pieces(case: Case, seed: int) -> None:
    pieces = _random_pieces(case.body, random.Random(f"{case.name} {seed}"))
    assert read_form(case.content_type, pieces) == case.verdict, case.reason


@pytest.mark.parametrize(
    "case", [c for c in CASES if isinstance(c.verdict, Accepted)], ids=lambda case: case.name
)
def test_cut_near_its_end_a_body_is_refused_or_the_same_object(case: Case) -> None:
    for end in range(max(0, len(case.body) - 64), len(case.body)):
        verdict = read_form(case.content_type, [case.body[:end]])
        assert verdict == case.verdict or isinstance(verdict, Refused)


def _bytewise(body: bytes) -> Iterator[bytes]:
    middle = body[_ENDS:-_ENDS]
    for byte in body[:_ENDS]:
        yield bytes([byte])
    for start in range(0, len(middle), 8191):
        yield middle[start : start + 8191]
    for byte in body[max(_ENDS, len(body) - _ENDS) :]:
        yield bytes([byte])


def _random_pieces(body: bytes, chance: random.Random) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        size = chance.choice([1, 2, 3, 17, 300, 70_000])
        yield body[start : start + size]
        start += size
