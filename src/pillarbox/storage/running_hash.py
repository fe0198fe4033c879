"""What every hash and checksum has in common that is computed piece by piece."""

from __future__ import annotations

from typing import Protocol


class RunningHash(Protocol):
    """A hash as of `hashlib`."""

    def update(self, data: bytes, /) -> None:
        """Take in `data`."""

    def digest(self) -> bytes:
        """The hash of all that was taken in."""
