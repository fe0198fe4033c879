"""What the fields of all running forms hold in memory, and how much that may be.

A field is kept until its form is answered, and nobody has been authenticated while fields arrive.
Each form is bounded by itself; this bounds all of a worker's forms together.
"""

from __future__ import annotations

from types import TracebackType

from pillarbox.model import refusals
from pillarbox.model.limits import MIB

#: Room for six forms with all the fields that one may have, each character four bytes wide, or
#: for a hundred thousand ordinary ones.
MAX_FIELD_MEMORY = 256 * MIB


class FieldMemory:
    """The memory of one worker's forms.

    Attributes:
        held: bytes in use.
    """

    def __init__(self, limit: int = MAX_FIELD_MEMORY) -> None:
        """Let forms hold `limit` bytes together."""
        self._limit = limit
        self.held = 0

    def share(self) -> Share:
        """What one form holds; to be entered, and left when the form is answered."""
        return Share(self)

    def take(self, size: int) -> None:
        """Count `size` bytes more; refusal `ServiceUnavailable` if that is too much."""
        if self.held + size > self._limit:
            raise refusals.SERVICE_UNAVAILABLE()
        self.held += size


class Share:
    """What one form holds of the memory; given back when it is left."""

    __slots__ = ("_arriving", "_memory", "_size")

    def __init__(self, memory: FieldMemory) -> None:
        self._memory = memory
        self._size = 0
        self._arriving = True

    def __enter__(self) -> Share:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._memory.held -= self._size

    def arrive(self, piece: bytes) -> None:
        """Count a piece of the body, as long as it brings fields."""
        if self._arriving:
            self.keep(len(piece))

    def keep(self, size: int) -> None:
        """Count what stays; refusal `ServiceUnavailable` if there is no room for it."""
        self._memory.take(size)
        self._size += size

    def file_begins(self) -> None:
        """What arrives from now on belongs to the file."""
        self._arriving = False
