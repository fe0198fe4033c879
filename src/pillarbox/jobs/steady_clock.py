"""The wall clock as far as deletions believe it.

A clock that is put right at the start of a machine, or set wrong by hand, jumps; what it jumps over
is no time in which anybody could have come back to an upload. So a jump forward is believed only
when it has stood for an hour; one back is at once, for it lets everything live longer.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from pillarbox.storage import clock

#: Seconds after which a jump forward is believed: who watches the clock mends it sooner.
TRUST_SECONDS = 3600.0


class SteadyClock:
    """Milliseconds since the Unix epoch, in which a jump forward shows an hour later.

    To be asked now and then: a jump is seen by what was read before it.
    """

    def __init__(
        self,
        wall_ms: Callable[[], int] = clock.now_ms,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall_ms = wall_ms
        self._monotonic = monotonic
        #: When it was read, in seconds, and how far the wall clock was ahead, in milliseconds.
        self._readings: deque[tuple[float, int]] = deque()

    def now_ms(self) -> int:
        """The earliest time that it may be."""
        now = self._monotonic()
        self._readings.append((now, self._wall_ms() - int(now * 1000)))
        while self._readings[0][0] < now - TRUST_SECONDS:
            self._readings.popleft()
        return int(now * 1000) + min(ahead for _, ahead in self._readings)
