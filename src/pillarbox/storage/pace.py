"""Moving no more than so many bytes a second: checks and backups leave the disk to the server."""

from __future__ import annotations

import time
from collections.abc import Callable

#: A check that was held up longer than this may not make up for it; seconds.
_BURST = 1.0


class Pace:
    """Tells what was moved, and waits where that was too fast.

    Attributes:
        moved: bytes so far.
        told: hears of them.
    """

    def __init__(
        self, bytes_per_second: int | None, told: Callable[[int], None] = lambda _: None
    ) -> None:
        """None for as fast as it goes."""
        self.moved = 0
        self.told = told
        self._rate = bytes_per_second
        self._free_at = time.monotonic()

    def count(self, size: int) -> None:
        """Note that `size` bytes were moved; returns when the next may be."""
        self.moved += size
        self.told(size)
        if not self._rate:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now - _BURST) + size / self._rate
        if self._free_at > now:
            time.sleep(self._free_at - now)
