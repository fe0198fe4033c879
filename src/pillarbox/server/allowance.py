"""How often something may be done: so many times at once, so many a second in the long run."""

from __future__ import annotations

import time
from collections.abc import Callable


class Allowance:
    """A bucket of tokens that fills up again as time passes."""

    def __init__(
        self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `burst` times at once and `per_second` in the mean; `clock` gives seconds."""
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._left = float(burst)
        self._seen = clock()

    def take(self) -> bool:
        """Whether once more is allowed, which counts if it is."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
