"""How bytes are forced to the disk, and the switches that let a test leave a step out.

Success is answered only after three things: the blob's data (fdatasync), its name in its folder
(fsync of the folder) and its row (the catalog's commit). A crash test proves that each is needed
by switching it off and losing data; nothing else ever should.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from time import perf_counter

from pillarbox.model.metrics import NO_METER, SYNC_SECONDS, Meter

_SYNC_FILE_RANGE_WRITE = 2

#: What a crash test sets; the words are those of `Durability.without`.
VARIABLE = "PILLARBOX_TEST_UNSAFE"

_SWITCHES = {"no-fdatasync": "data", "no-folder-fsync": "folder", "no-catalog-sync": "catalog"}


@dataclass(frozen=True, slots=True)
class Durability:
    """Which of the three steps are taken; all of them, but in a crash test.

    Attributes:
        data: force a blob's bytes to the disk.
        folder: force the names of blobs to the disk.
        catalog: let the catalog force its commits to the disk.
        meter: is told what each step took.
    """

    data: bool = True
    folder: bool = True
    catalog: bool = True
    meter: Meter = field(default=NO_METER, compare=False, repr=False)

    def told_to(self, meter: Meter) -> Durability:
        """The same, with another meter."""
        return replace(self, meter=meter)

    def sync_data(self, descriptor: int) -> None:
        """Force a file's bytes and length to the disk."""
        if self.data:
            began = perf_counter()
            _fdatasync(descriptor)
            self.meter.observe(SYNC_SECONDS, perf_counter() - began, ("blob",))

    def start_writeback(self, descriptor: int, offset: int, length: int) -> None:
        """Let the kernel begin to write a range, so that the last sync has little left to do."""
        if self.data:
            _sync_file_range()(descriptor, offset, length)

    def sync_folder(self, descriptor: int) -> None:
        """Force the names in an open folder to the disk."""
        if self.folder:
            began = perf_counter()
            os.fsync(descriptor)
            self.meter.observe(SYNC_SECONDS, perf_counter() - began, ("folder",))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.data and self.folder and self.catalog

    @classmethod
    def without(cls, switches: str) -> Durability:
        """Durability less the steps of a comma-separated list, such as `no-fdatasync`.

        Raises ValueError on a word other than `no-fdatasync`, `no-folder-fsync` and
        `no-catalog-sync`. An empty text leaves nothing out.
        """
        left_out = set()
        for word in filter(None, (word.strip() for word in switches.split(","))):
            if word not in _SWITCHES:
                raise ValueError(f"{word!r} is none of {', '.join(_SWITCHES)}")
            left_out.add(_SWITCHES[word])
        return cls(
            data="data" not in left_out,
            folder="folder" not in left_out,
            catalog="catalog" not in left_out,
        )

    @classmethod
    def of_environment(cls) -> Durability:
        """Durability less what `PILLARBOX_TEST_UNSAFE` lists; ValueError on an unknown word."""
        return cls.without(os.environ.get(VARIABLE, ""))


WHOLE = Durability()

_fdatasync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


@cache
def _sync_file_range() -> Callable[[int, int, int], None]:
    """Linux's sync_file_range(WRITE), which Python does not offer; elsewhere nothing is done."""
    if not sys.platform.startswith("linux"):
        return lambda _descriptor, _offset, _length: None
    function = ctypes.CDLL(None, use_errno=True).sync_file_range
    function.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]

    def start(descriptor: int, offset: int, length: int) -> None:
        # Only a hint: what it can't do, the sync at the end does or reports.
        function(descriptor, offset, length, _SYNC_FILE_RANGE_WRITE)

    return start
