"""Memory that was freed and that the C library keeps, given back to the system (malloc_trim(3)).

A moment with many uploads leaves holes between what stays, which only this gives back. To have all
of it given back as it is freed (`MALLOC_MMAP_THRESHOLD_`) costs a fifth more CPU for each GiB.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Give back what is free; in a thread, for it takes milliseconds. Nothing but glibc can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
