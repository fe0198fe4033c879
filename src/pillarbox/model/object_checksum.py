"""The checksum of a whole object, which may be made of its parts' (AWS: "Checking object integrity
in Amazon S3", checksum types).

FULL_OBJECT is that of the object's bytes; of parts it is combined, which CRCs allow and hashes
don't. COMPOSITE is that of the parts' checksums in a row, written with a hyphen and their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from pillarbox.model import refusals
from pillarbox.model.checksums import CRC64NVME, ChecksumAlgorithm, algorithm_named, written


class ChecksumType(Enum):
    """What the checksum of an object in parts is that of; values as S3 spells them."""

    COMPOSITE = "COMPOSITE"
    FULL_OBJECT = "FULL_OBJECT"


#: What the parts of an upload are checked with, and what the checksum of the whole is that of.
ChosenChecksum = tuple[ChecksumAlgorithm, ChecksumType]


@dataclass(frozen=True, slots=True)
class ObjectChecksum:
    """The checksum of an object, or of a part of one.

    Attributes:
        parts: whose checksums it is made of, None if it is that of the bytes.
    """

    algorithm: ChecksumAlgorithm
    digest: bytes
    parts: int | None = None

    @property
    def type(self) -> ChecksumType:
        """As `x-amz-checksum-type` tells it."""
        return ChecksumType.FULL_OBJECT if self.parts is None else ChecksumType.COMPOSITE

    @property
    def text(self) -> str:
        """As the header `x-amz-checksum-*` has it."""
        text = written(self.digest)
        return text if self.parts is None else f"{text}-{self.parts}"

    @classmethod
    def read(cls, algorithm: ChecksumAlgorithm, text: str) -> ObjectChecksum:
        """Of the text that a client sends when it completes an upload in parts.

        Raises:
            Refusal: `InvalidRequest` if it is none.
        """
        value, hyphen, number = text.partition("-")
        if hyphen and not (number.isascii() and number.isdigit() and len(number) <= 5):
            value = ""
        digest = algorithm.read(value)
        return cls(algorithm, digest, int(number) if hyphen else None)


def combined(algorithm: ChecksumAlgorithm, parts: Iterable[tuple[bytes, int]]) -> ObjectChecksum:
    """FULL_OBJECT of parts in a row.

    Args:
        algorithm: a CRC.
        parts: checksum and size in bytes of each.

    Raises:
        ValueError: the algorithm is no CRC.
    """
    if algorithm.crc is None:
        raise ValueError(f"{algorithm.name} of parts can't be combined")
    whole = 0
    for digest, size in parts:
        whole = algorithm.crc.combined(whole, int.from_bytes(digest, "big"), size)
    return ObjectChecksum(algorithm, whole.to_bytes(algorithm.size, "big"))


def chosen_checksum(algorithm: str | None, type_: str | None) -> ChosenChecksum | None:
    """What an upload in parts is begun with, None if nothing (AWS: "CreateMultipartUpload").

    Args:
        algorithm: value of the header x-amz-checksum-algorithm.
        type_: of x-amz-checksum-type. Without one it is COMPOSITE where there is such.

    Raises:
        Refusal: `InvalidRequest` for one that is unknown, or the two don't fit.
    """
    if algorithm is None:
        if type_ is not None:
            raise refusals.INVALID_REQUEST(
                "The x-amz-checksum-type header can only be used with the "
                "x-amz-checksum-algorithm header."
            )
        return None
    chosen = algorithm_named(algorithm)
    types = _types(chosen)
    if type_ is None:
        return chosen, types[0]
    wanted = read_checksum_type(type_)
    if wanted not in types:
        raise refusals.INVALID_REQUEST(
            f"The {wanted.value} checksum type cannot be used with the {chosen.name.lower()} "
            "checksum algorithm."
        )
    return chosen, wanted


def read_checksum_type(text: str) -> ChecksumType:
    """The value of a header x-amz-checksum-type, in any case.

    Raises:
        Refusal: `InvalidRequest` if it is none.
    """
    try:
        return ChecksumType(text.strip().upper())
    except ValueError:
        raise refusals.INVALID_REQUEST("Value for x-amz-checksum-type header is invalid.") from None


def _types(algorithm: ChecksumAlgorithm) -> tuple[ChecksumType, ...]:
    """Those that an algorithm allows, its default first."""
    if algorithm.crc is None:
        return (ChecksumType.COMPOSITE,)
    if algorithm is CRC64NVME:
        return (ChecksumType.FULL_OBJECT,)
    return (ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT)
