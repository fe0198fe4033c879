"""Programs that others wrote, run as at a shell: with a home folder and settings of their own."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.server_process import PATIENCE


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A program; each call is a process of its own.

    Attributes:
        command: the program, and arguments that go before those of each call.
        home: its home folder, where it runs.
        environment: variables, `HOME` and `PATH` aside.
    """

    command: Sequence[str]
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, send: bytes = b"") -> str:
        """What it prints; it must succeed."""
        return self.bytes_of(*arguments, send=send).decode()

    def bytes_of(self, *arguments: str | Path, send: bytes = b"") -> bytes:
        """What it writes on standard output, as bytes; it must succeed."""
        done = self._run(arguments, send)
        assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}{done.stdout.decode()}"
        return done.stdout

    def refused(self, *arguments: str | Path) -> str:
        """What it says on standard error; it must fail."""
        done = self._run(arguments, b"")
        assert done.returncode != 0, f"{arguments} succeeded: {done.stdout.decode()}"
        return done.stderr.decode()

    def _run(
        self, arguments: Sequence[str | Path], send: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.command, *map(str, arguments)],
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
            | dict(self.environment),
            input=send,
            capture_output=True,
            timeout=PATIENCE,
        )


def some_bytes(size: int) -> bytes:
    """Bytes that don't repeat, the same at every call."""
    return random.Random(size).randbytes(size)
