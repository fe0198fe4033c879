"""Each target's invariants, for its seeds and for seeds that were damaged at random."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target


@st.composite
def damaged(draw: st.DrawFn, target: Target) -> bytes:
    """A seed of which pieces were replaced: by a word that means something, or by any bytes."""
    data: bytes = draw(st.sampled_from(list(target.SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = at + draw(st.sampled_from([0, 1, 1, 2, 20]))
        data = (
            data[:at]
            + draw(st.sampled_from(list(target.WORDS)) | st.binary(max_size=2))
            + data[end:]
        )
    return data


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_seeds(target: Target) -> None:
    for seed in target.SEEDS:
        target.check(seed)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_damaged_seeds(target: Target) -> None:
    @settings(max_examples=300)
    @given(damaged(target))
    def check(data: bytes) -> None:
        target.check(data)

    check()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_any_bytes(target: Target) -> None:
    @settings(max_examples=50)
    @given(st.binary(max_size=200))
    def check(data: bytes) -> None:
        target.check(data)

    check()
