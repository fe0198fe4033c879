"""Ranges of file sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.policy import SizeRange


def test_without_bounds_everything_fits() -> None:
    assert SizeRange() == SizeRange(0, None)


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (SizeRange(), SizeRange(), SizeRange()),
        (SizeRange(), SizeRange(1, 10), SizeRange(1, 10)),
        (SizeRange(5, None), SizeRange(1, 10), SizeRange(5, 10)),
        (SizeRange(1, 10), SizeRange(5, 20), SizeRange(5, 10)),
        (SizeRange(1, 0), SizeRange(), SizeRange(1, 0)),
        (SizeRange(1, 2), SizeRange(5, 9), SizeRange(5, 2)),
        (SizeRange(0, 0), SizeRange(0, 5), SizeRange(0, 0)),
    ],
)
def test_an_intersection(left: SizeRange, right: SizeRange, both: SizeRange) -> None:
    assert left.intersect(right) == both
    assert right.intersect(left) == both


sizes = st.integers(0, 20)
ranges = st.builds(SizeRange, sizes, st.none() | sizes)


def fits(size: int, allowed: SizeRange) -> bool:
    return allowed.minimum <= size and (allowed.maximum is None or size <= allowed.maximum)


@given(ranges, ranges, sizes)
def test_a_size_fits_the_intersection_if_it_fits_both(
    left: SizeRange, right: SizeRange, size: int
) -> None:
    assert fits(size, left.intersect(right)) == (fits(size, left) and fits(size, right))
