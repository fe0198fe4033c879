"""What a connection asks of the load that it belongs to, and how it hears answers."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeVar

import oss2

T = TypeVar("T")


class Kind(Enum):
    """Kinds of requests that store or remove something."""

    SMALL = "a small object"
    LARGE = "a large object"
    PART = "a part"
    COMPLETION = "a completion"
    VERSION = "a small version"
    MARKER = "a delete marker"
    REMOVAL = "the removal of a version"


class Bounds(Protocol):
    """What a connection asks of its load."""

    def may_send(self, size: int) -> bool:
        """Whether one more upload of `size` bytes is within bounds."""

    def about_to_send(self, kind: Kind) -> None:
        """Told before each request that changes something."""

    @property
    def is_struck(self) -> bool:
        """Whether the crash has begun."""

    @property
    def hears_nothing(self) -> bool:
        """Whether answers are no longer to be believed."""


def answered(load: Bounds, ask: Callable[[], T]) -> T | None:
    """The answer; None if nobody heard one, which before the crash is an error."""
    try:
        answer = ask()
    except oss2.exceptions.OssError as error:
        if not load.is_struck or 400 <= error.status < 500:
            raise
        return None
    except Exception:  # what requests makes of an answer that was cut
        if not load.is_struck:
            raise
        return None
    return None if load.hears_nothing else answer
