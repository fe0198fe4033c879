"""The CRC-64 that a store tells of an object (`x-oss-hash-crc64ecma`), counted on this side.

Needs fastcrc: pip install 'pillarbox[cli]'.
"""

from __future__ import annotations

from fastcrc import crc64


class Crc64:
    """CRC-64/XZ of bytes that come piece by piece.

    Attributes:
        value: of what came so far; 0 at first.
        size: bytes that came so far.
    """

    __slots__ = ("size", "value")

    def __init__(self) -> None:
        self.value = 0
        self.size = 0

    def update(self, piece: bytes) -> None:
        """Count `piece` in."""
        self.value = crc64.xz(piece, self.value)
        self.size += len(piece)


def crc64_of_bytes(whole: bytes) -> int:
    """The CRC-64 of bytes that are all there."""
    value: int = crc64.xz(whole)
    return value
