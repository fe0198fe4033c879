"""Nothing but fsync: what the disk is like while servers are measured.

A process of its own, so that it waits for nobody's interpreter::

    python fsync_loop.py FILE

Writes 4 KiB to FILE and forces them to the disk, rests, and begins again until SIGTERM. Prints a
line for each: when it ended, in seconds of the monotonic clock, and the seconds that it took.
"""

import os
import sys
import time

_BLOCK = bytes(4096)
#: Seconds between two: enough of them in a short window, too few to be a load.
_REST = 0.02


def once(descriptor: int) -> float:
    """Force one block to the disk; the seconds that it took."""
    start = time.monotonic()
    os.pwrite(descriptor, _BLOCK, 0)
    os.fdatasync(descriptor)
    return time.monotonic() - start


if __name__ == "__main__":
    file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
    once(file)  # the first one allocates the block
    while True:
        took = once(file)
        print(f"{time.monotonic():.6f} {took:.6f}", flush=True)
        time.sleep(_REST)
