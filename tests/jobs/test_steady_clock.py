from __future__ import annotations

from dataclasses import dataclass

from pillarbox.jobs.steady_clock import TRUST_SECONDS, SteadyClock

YEAR_MS = 365 * 24 * 3600 * 1000


@dataclass
class Clocks:
    """A machine's two clocks."""

    wall_ms: int = 1_000_000
    seconds: float = 50.0

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall_ms += int(seconds * 1000)


def test_time_passes() -> None:
    clocks = Clocks()
    steady = SteadyClock(lambda: clocks.wall_ms, lambda: clocks.seconds)
    for seconds in (0, 30, 30, 10_000):
        clocks.wait(seconds)
        assert steady.now_ms() == clocks.wall_ms


def test_a_jump_forward_is_believed_when_it_has_stood_for_an_hour() -> None:
    clocks = Clocks()
    steady = SteadyClock(lambda: clocks.wall_ms, lambda: clocks.seconds)
    steady.now_ms()
    clocks.wait(30)
    clocks.wall_ms += YEAR_MS
    assert steady.now_ms() == clocks.wall_ms - YEAR_MS
    clocks.wait(TRUST_SECONDS - 60)
    assert steady.now_ms() == clocks.wall_ms - YEAR_MS
    clocks.wait(60)
    assert steady.now_ms() == clocks.wall_ms


def test_a_jump_back_is_believed_at_once() -> None:
    clocks = Clocks(wall_ms=5 * YEAR_MS)
    steady = SteadyClock(lambda: clocks.wall_ms, lambda: clocks.seconds)
    steady.now_ms()
    clocks.wall_ms -= YEAR_MS
    assert steady.now_ms() == clocks.wall_ms
    clocks.wait(30)
    clocks.wall_ms += YEAR_MS  # and put right again
    assert steady.now_ms() == clocks.wall_ms - YEAR_MS
