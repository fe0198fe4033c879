"""Pins: lists of blobs that a worker is reading from.

A file that is open can be read to its end after it was deleted; a list of ten thousand is read one
by one, and the reaper, another process, must not take it apart meanwhile. A pin is an empty file in
the folder of the run that reads. It is made while the list is still under the reaper's grace, and
goes with the folder if the worker dies.

On a disk so full that not even an empty file can be made, reading goes on without a pin: then the
reaper's grace has to do, once for the list and once more for its blobs.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

from pillarbox.storage.blobs import run_folder
from pillarbox.storage.layout import FILE_MODE, Layout

#: The dot makes it one of the files that a sweep removes.
_PREFIX = ".reading-"

_log = logging.getLogger(__name__)


class Pin:
    """One reader's hold on a list."""

    def __init__(self, pins: Pins, object_blob_id: str) -> None:
        self._pins: Pins | None = pins
        self._object_blob_id = object_blob_id

    def remove(self) -> None:
        """Let go. May be called twice."""
        if self._pins is not None:
            pins, self._pins = self._pins, None
            pins.remove(self._object_blob_id)


class Pins:
    """The pins of one run. `add` may wait for the disk; any thread may call it."""

    def __init__(self, folder: run_folder.RunFolder) -> None:
        self._folder = folder.path
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, object_blob_id: str) -> Pin:
        """Keep a list of blobs together until the pin is removed."""
        with self._lock:
            if not self._counts[object_blob_id]:
                self._make(object_blob_id)
            self._counts[object_blob_id] += 1
        return Pin(self, object_blob_id)

    def remove(self, object_blob_id: str) -> None:
        """Undo one `add`; called by its pin."""
        with self._lock:
            self._counts[object_blob_id] -= 1
            if not self._counts[object_blob_id]:
                del self._counts[object_blob_id]
                with suppress(OSError):  # the sweep finds what stays
                    self._path(object_blob_id).unlink()

    def _make(self, object_blob_id: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            os.close(os.open(self._path(object_blob_id), flags, FILE_MODE))
        except OSError as error:
            _log.warning("%s is read without a pin: %s", object_blob_id, error.strerror)

    def _path(self, object_blob_id: str) -> Path:
        return self._folder / (_PREFIX + object_blob_id)


def is_pinned(layout: Layout, object_blob_id: str) -> bool:
    """Whether a worker reads from a list of blobs; one of a dead run counts until it is swept."""
    name = _PREFIX + object_blob_id
    return any((layout.blobs / run / name).exists() for run in run_folder.runs(layout))
