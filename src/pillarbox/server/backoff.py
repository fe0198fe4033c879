"""How long to wait before starting again what has died."""

from __future__ import annotations

import time
from collections.abc import Callable

#: A process that lived this long died of something else than its own start; seconds.
_HEALTHY_SECONDS = 30.0
#: After a first death at once, then ever later; seconds.
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 30.0


class Backoff:
    """Delays for one process: none after a long life, doubling while it keeps dying young."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._due = self._started
        self._young_deaths = 0

    def started(self) -> None:
        """The process was started just now."""
        self._started = self._clock()

    def failed(self) -> float:
        """The process has died; gives the seconds to wait before the next start."""
        now = self._clock()
        if now - self._started > _HEALTHY_SECONDS:
            self._young_deaths = 0
        delay = 0.0
        if self._young_deaths:
            delay = min(_FIRST_DELAY * 2 ** min(self._young_deaths, 10), _LONGEST_DELAY)
        self._young_deaths += 1
        self._due = now + delay
        return delay

    def remaining(self) -> float:
        """Seconds until the next start is due, 0 if it is."""
        return max(0.0, self._due - self._clock())
