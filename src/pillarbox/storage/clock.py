"""The time as the catalog keeps it."""

from __future__ import annotations

import time


def now_ns() -> int:
    """Now, in nanoseconds since the Unix epoch, UTC."""
    return time.time_ns()


def now_ms() -> int:
    """Now, in milliseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1_000_000
