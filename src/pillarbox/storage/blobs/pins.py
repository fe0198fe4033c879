"""Pins: lists of blobs that a worker is reading from.

A file that is open can be read to its end after it was deleted; a list of ten thousand is read one
by one, and the reaper, another process, must not take it apart meanwhile. A pin is an empty file in
the folder of the run that reads. It is made while the list is still under the reaper's grace, and
goes with the folder if the worker dies.
"""

from __future__ import annotations

import os
import threading
from collections import Counter

from pillarbox.storage.blobs import run_folder
from pillarbox.storage.layout import FILE_MODE, Layout

#: The dot makes it one of the files that a sweep removes.
_PREFIX = ".reading-"


class Pins:
    """The pins of one run. `add` may wait for the disk; threads may call both."""

    def __init__(self, folder: run_folder.RunFolder) -> None:
        self._folder = folder.path
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, object_blob_id: str) -> None:
        """Keep a list of blobs together until `remove`; raises OSError."""
        with self._lock:
            if not self._counts[object_blob_id]:
                path = self._folder / (_PREFIX + object_blob_id)
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
            self._counts[object_blob_id] += 1

    def remove(self, object_blob_id: str) -> None:
        """Undo one `add`."""
        with self._lock:
            self._counts[object_blob_id] -= 1
            if not self._counts[object_blob_id]:
                del self._counts[object_blob_id]
                (self._folder / (_PREFIX + object_blob_id)).unlink(missing_ok=True)


def is_pinned(layout: Layout, object_blob_id: str) -> bool:
    """Whether a worker reads from a list of blobs; one of a dead run counts until it is swept."""
    name = _PREFIX + object_blob_id
    return any((layout.blobs / run / name).exists() for run in run_folder.runs(layout))
