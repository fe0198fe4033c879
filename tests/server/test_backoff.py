"""Delays between the starts of a process."""

from __future__ import annotations

from pillarbox.server.backoff import Backoff


class Clock:
    """A time that stands still until it is moved; seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_first_death_costs_no_delay_and_young_ones_ever_more() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert [backoff.failed() for _ in range(10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_long_life_starts_over() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert [backoff.failed() for _ in range(3)] == [0, 0.5, 1]
    backoff.started()
    clock.now += 31
    assert backoff.failed() == 0


def test_remaining_counts_down_to_zero() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert backoff.remaining() == 0
    backoff.failed()
    backoff.failed()
    assert backoff.remaining() == 0.5
    clock.now += 0.2
    assert round(backoff.remaining(), 6) == 0.3
    clock.now += 1
    assert backoff.remaining() == 0
