"""Faults at chosen system calls of a real server, through a library that is preloaded into it.

Why the calls and not marks in the program: what a crash leaves can differ only between two calls
that change files, so these are all the points there are, those within SQLite's commit included;
and the program that is tested is the one that is installed. The same library lets calls fail and
shifts the wall clock. It is written in C (`fault_shim.c`) and compiled by the test, which needs a
compiler and Linux.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from pathlib import Path
from types import TracebackType

_SOURCE = Path(__file__).with_name("fault_shim.c")

#: `struct control` of the C source.
_LAYOUT = struct.Struct("=IIIIiIiIqII256s256s512s")
_CLOCK_AT = 32
_STRIKES_AT = 28


class Call(IntFlag):
    """Kinds of system calls."""

    WRITE = 1
    SYNC = 2
    NAME = 4
    REMOVE = 8
    READ = 16
    CLOSE = 32
    LOCK = 64


class Action(IntEnum):
    """What becomes of the call that is struck."""

    #: It fails.
    FAIL = 0
    #: Every process of the server is killed.
    KILL = 1
    #: The file system loses its power first.
    CUT = 2
    #: The process that makes it stops until it gets SIGCONT.
    STOP = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Calls of some kinds on files whose path matches a pattern (`*` stands for `/` too)."""

    calls: Call
    pattern: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Which call is struck, and how.

    Attributes:
        is_behind: strike when the call is done, not before.
        error: of a call that fails, such as `errno.EIO`.
        count: the how many-th call it is.
        is_lasting: whether all later ones are struck as well.
        first: the rule holds from such a call on, which itself is not struck; None: at once.
    """

    place: Place
    action: Action
    is_behind: bool = False
    error: int = 0
    count: int = 1
    is_lasting: bool = False
    first: Place | None = None


def why_impossible() -> str | None:
    """What is missing here; None if nothing is."""
    if not sys.platform.startswith("linux"):
        return "the calls of a server are watched on Linux alone"
    if shutil.which("cc") is None:
        return "no C compiler is installed"
    return None


def compile_shim(folder: Path) -> Path:
    """The library, in an existing `folder`."""
    library = folder / "fault_shim.so"
    command: list[str | Path] = [
        "cc",
        "-O2",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        "-o",
        library,
        _SOURCE,
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return library


class FaultShim:
    """The switchboard of one server's faults, shared with its processes; a context manager.

    Attributes:
        environment: variables with which the server is to be started.
    """

    def __init__(self, library: Path, control: Path, mount_point: Path | None = None) -> None:
        """
        Args:
            library: see `compile_shim`.
            control: a file to be made.
            mount_point: of the file system whose power can be cut.
        """
        self._mount_point = b"" if mount_point is None else bytes(mount_point)
        with open(control, "wb+") as file:
            file.truncate(mmap.PAGESIZE)
            self._memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.environment = {"LD_PRELOAD": str(library), "PILLARBOX_TEST_FAULTS": str(control)}

    def __enter__(self) -> FaultShim:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._memory.close()

    def arm(self, rule: Rule) -> None:
        """From now on `rule` holds, and `strikes` counts from zero."""
        self.clear()
        first = rule.first
        _LAYOUT.pack_into(
            self._memory,
            0,
            0,
            rule.place.calls,
            rule.is_behind,
            rule.action,
            rule.error,
            rule.is_lasting,
            rule.count,
            0,
            self._clock_shift(),
            0 if first is None else first.calls,
            first is None,
            b"" if first is None else first.pattern.encode(),
            rule.place.pattern.encode(),
            self._mount_point,
        )
        self._memory[0] = 1

    def clear(self) -> None:
        """No rule holds any more, and none has struck."""
        self._memory[0] = 0
        struct.pack_into("=I", self._memory, _STRIKES_AT, 0)

    @property
    def strikes(self) -> int:
        """How often the rule has struck; raised before power is cut or anything is killed."""
        count: int = struct.unpack_from("=I", self._memory, _STRIKES_AT)[0]
        return count

    def shift_clock(self, seconds: float) -> None:
        """Let the server's wall clock be ahead of the real one, or behind."""
        struct.pack_into("=q", self._memory, _CLOCK_AT, int(seconds * 1e9))

    def _clock_shift(self) -> int:
        shift: int = struct.unpack_from("=q", self._memory, _CLOCK_AT)[0]
        return shift
