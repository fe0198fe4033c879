"""S3's checksums computed, of bytes that come piece by piece."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence

from fastcrc import crc32

from pillarbox.model.checksums import (
    CRC32,
    CRC32C,
    CRC64NVME,
    SHA1,
    SHA256,
    ChecksumAlgorithm,
)
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.storage.running_hash import RunningHash

#: The CRC of what is said to have come before with a piece behind it.
_Crc = Callable[[bytes, int], int]


class _RunningCrc:
    """A CRC in the shape of a hash."""

    __slots__ = ("_crc", "_size", "_value")

    def __init__(self, crc: _Crc, size: int) -> None:
        self._crc = crc
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._crc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def running_checksum(algorithm: ChecksumAlgorithm) -> RunningHash:
    """A checksum of nothing yet."""
    return _BEGINNINGS[algorithm]()


def checksum_of(algorithm: ChecksumAlgorithm, data: bytes) -> bytes:
    """The checksum of bytes that are all there."""
    running = running_checksum(algorithm)
    running.update(data)
    return running.digest()


def composite(algorithm: ChecksumAlgorithm, digests: Sequence[bytes]) -> ObjectChecksum:
    """COMPOSITE of the parts' checksums, in their order."""
    digest = checksum_of(algorithm, b"".join(digests))
    return ObjectChecksum(algorithm, digest, len(digests))


def _crc64_nvme() -> RunningHash:
    # Loads a library of many megabytes for something that few clients send.
    from awscrt import checksums

    return _RunningCrc(checksums.crc64nvme, CRC64NVME.size)


_BEGINNINGS: dict[ChecksumAlgorithm, Callable[[], RunningHash]] = {
    CRC32: lambda: _RunningCrc(zlib.crc32, CRC32.size),
    CRC32C: lambda: _RunningCrc(crc32.iscsi, CRC32C.size),
    CRC64NVME: _crc64_nvme,
    SHA1: lambda: hashlib.sha1(usedforsecurity=False),
    SHA256: hashlib.sha256,
}
