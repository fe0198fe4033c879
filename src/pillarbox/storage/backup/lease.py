"""The lease that a backup has on the blobs of a store: meanwhile the reaper deletes none.

A shared lock on a file, which the kernel drops with the process: neither a heartbeat nor a clock
decides, and a backup that was killed holds nothing up.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pillarbox.storage.layout import FILE_MODE, Layout


@contextmanager
def leased(layout: Layout) -> Iterator[None]:
    """Hold a lease, waiting while the reaper deletes a batch. Several may. Raises OSError."""
    with _opened(layout) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield


@contextmanager
def unleased(layout: Layout) -> Iterator[bool]:
    """Whether nobody holds a lease; if so nobody gets one in the context. Raises OSError."""
    with _opened(layout) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def lease_to_read(layout: Layout) -> Iterator[bool]:
    """Whether nobody writes a backup in this directory; if so nobody begins in the context.

    Nothing is written: the directory may lie on a medium that can't be. Raises OSError.
    """
    try:
        descriptor = os.open(layout.backup_lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # brought here by other means
        yield True
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _opened(layout: Layout) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(layout.backup_lock, flags, FILE_MODE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
