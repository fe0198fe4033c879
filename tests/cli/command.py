"""A command of `pillarbox` run in the test's own process, and what it printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did.

    Attributes:
        out: standard output, in which bytes that are no UTF-8 are replaced.
        body: the same as it came.
    """

    status: int
    out: str
    err: str
    body: bytes = b""


Run = Callable[..., Done]
