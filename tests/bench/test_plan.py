"""How much is measured."""

from __future__ import annotations

import pytest

from bench.plan import FULL, KIB, MIB


@pytest.mark.parametrize(
    ("size", "connections", "seconds"),
    [(KIB, 1, FULL.cell_seconds), (4 * KIB, 256, 2.04), (MIB, 256, 12.24)],
)
def test_forms_that_are_many_and_large_take_longer(
    size: int, connections: int, seconds: float
) -> None:
    assert FULL.seconds_of(size, connections) == pytest.approx(seconds, abs=0.001)
