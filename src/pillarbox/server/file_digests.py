"""The digests of a form's file as it comes, beside those that the form brings along."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Iterable

from awscrt import checksums

from pillarbox.forms.submitted_checksums import SubmittedDigest
from pillarbox.model.limits import KIB
from pillarbox.server.digests import RunningHash

#: Larger pieces are digested in a thread, to keep the event loop idle.
_LONG = 64 * KIB


class _RunningCrc:
    """A CRC in the shape of a hash of `hashlib`."""

    def __init__(self, size: int, compute: Callable[[bytes, int], int]) -> None:
        """Of `size` bytes; `compute` goes on from a former value."""
        self._size = size
        self._compute = compute
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._compute(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


_RUNNING: dict[str, Callable[[], RunningHash]] = {
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "CRC32": lambda: _RunningCrc(4, zlib.crc32),
    "CRC32C": lambda: _RunningCrc(4, checksums.crc32c),
    "CRC64NVME": lambda: _RunningCrc(8, checksums.crc64nvme),
}


class FileDigests:
    """Digests of one file."""

    def __init__(self, submitted: Iterable[SubmittedDigest]) -> None:
        """Compute what was `submitted`, nothing else."""
        self._running = [(digest, _RUNNING[digest.algorithm]()) for digest in submitted]

    async def update(self, piece: bytes) -> None:
        """Take in the next piece of the file."""
        for _, running in self._running:
            if len(piece) > _LONG:
                await asyncio.to_thread(running.update, piece)
            else:
                running.update(piece)

    def check(self) -> None:
        """Raise the refusal `BadDigest` unless the file has every digest that was submitted."""
        for digest, running in self._running:
            digest.check(running.digest())
