from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.client.transfer import counted, part_size_for, ranges


@given(st.integers(1, 10**15), st.integers(1, 10**9), st.integers(1, 100))
def test_parts_hold_all_and_are_few(size: int, wished: int, most: int) -> None:
    part_size = part_size_for(size, wished, most)
    assert part_size >= wished
    parts = list(ranges(size, part_size))
    assert len(parts) <= most
    assert [number for number, _, _ in parts] == list(range(1, len(parts) + 1))
    at = 0
    for _, first, length in parts:
        assert (first, length > 0) == (at, True)
        at += length
    assert at == size


def test_what_failed_is_taken_back() -> None:
    told: list[int] = []
    assert counted(told.append, lambda moved: moved(3)) is None

    def fail(moved: object) -> None:
        told.append(4)
        raise ValueError

    with pytest.raises(ValueError):
        counted(told.append, fail)
    assert told == [3, 4, 0]
