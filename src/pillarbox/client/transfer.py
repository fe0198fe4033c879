"""What moves an object tells while it moves it, and when it has moved it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pillarbox.model.limits import MIB

#: A part of a multipart upload, in bytes, unless somebody wishes otherwise.
PART_SIZE = 16 * MIB

Moved = Callable[[int], None]
"""Is told how many bytes moved; a negative number takes back what has to be sent again."""

Sent = TypeVar("Sent")


def nobody(_: int) -> None:
    """A `Moved` that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What became of an object that was moved.

    Attributes:
        size: bytes.
        crc64: of its bytes as both sides counted it, None if the store tells none.
        kept: bytes of it that an earlier, broken run had moved already.
    """

    size: int
    crc64: int | None
    kept: int = 0


def part_size_for(size: int, wished: int, most: int) -> int:
    """The least size of parts, at least `wished`, of which `most` hold `size` bytes."""
    return max(wished, -(-size // most))


def ranges(size: int, part_size: int) -> Iterator[tuple[int, int, int]]:
    """Number from 1, first byte and size of each part of `size` bytes."""
    for number, first in enumerate(range(0, size, part_size), 1):
        yield number, first, min(part_size, size - first)


def counted(moved: Moved, send: Callable[[Moved], Sent]) -> Sent:
    """What `send` gives; what it told `moved` is taken back if it fails."""
    told = 0

    def tell(size: int) -> None:
        nonlocal told
        told += size
        moved(size)

    try:
        return send(tell)
    except BaseException:
        moved(-told)
        raise
