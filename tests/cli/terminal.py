"""A command on a terminal of its own, that asks for a secret or a yes."""

from __future__ import annotations

import os
import pty
import select
import termios
import time
from collections.abc import Mapping, Sequence

_PATIENCE = 60


def type_secret(
    arguments: Sequence[str], environment: Mapping[str, str], secret: str
) -> tuple[int, bytes]:
    """Run a command, type `secret` when it asks; its exit status and what the terminal showed."""
    pid, terminal = _started(arguments, environment)
    seen = b""
    deadline = time.monotonic() + _PATIENCE
    try:
        # What is typed before the echo is off would be shown, and then thrown away.
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.write(terminal, secret.encode() + b"\n")
        seen += _rest(terminal)
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen


def type_answer(
    arguments: Sequence[str], environment: Mapping[str, str], question: str, answer: str
) -> tuple[int, bytes]:
    """Run a command, type `answer` at its `question`; its exit status and what was shown."""
    pid, terminal = _started(arguments, environment)
    seen = b""
    try:
        while question.encode() not in seen:
            assert select.select([terminal], [], [], _PATIENCE)[0]
            seen += os.read(terminal, 1000)
        os.write(terminal, answer.encode() + b"\n")
        seen += _rest(terminal)
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen


def watch(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run a command to its end; its exit status and what was shown."""
    pid, terminal = _started(arguments, environment)
    try:
        seen = _rest(terminal)
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen


def _started(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, int]:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(arguments[0], list(arguments), environment)
    return pid, terminal


def _rest(terminal: int) -> bytes:
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 1000)
        except OSError:  # the other end is closed
            return seen
