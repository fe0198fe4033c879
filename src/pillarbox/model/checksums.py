"""Checksums of bodies as S3's clients announce them: which algorithm, what value, in which place.

A request announces one at most, either by a header `x-amz-checksum-*` with the value, or by
`x-amz-trailer`, which names the header that comes behind an `aws-chunked` body
(AWS: "Checking object integrity in Amazon S3"). Computing them is not for this floor: see
`storage.running_checksum`. Texts of refusals: see `body_refusals`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.body_refusals import BAD_DIGEST
from pillarbox.model.crc import CRC32 as CRC32_KIND
from pillarbox.model.crc import CRC32C as CRC32C_KIND
from pillarbox.model.crc import CRC64_NVME, CrcKind
from pillarbox.model.refusals import Refusal

PREFIX = "x-amz-checksum-"
#: In front of an algorithm's name, an element of a document.
ELEMENT = "Checksum"
TRAILER = "x-amz-trailer"
SDK_ALGORITHM = "x-amz-sdk-checksum-algorithm"

#: They begin like the header of a checksum and are none.
_NO_CHECKSUMS = frozenset({PREFIX + "algorithm", PREFIX + "type", PREFIX + "mode"})


@dataclass(frozen=True, slots=True)
class ChecksumAlgorithm:
    """One of the algorithms that S3 knows.

    Attributes:
        name: as S3 spells it in headers and documents, such as `CRC32C`.
        size: bytes of a checksum; a CRC has its highest byte first.
        crc: how those of parts are combined, None if the algorithm is no CRC.
    """

    name: str
    size: int
    crc: CrcKind | None = None

    @property
    def header(self) -> str:
        """Name of the header with the value, in lower case."""
        return PREFIX + self.name.lower()

    def read(self, text: str) -> bytes:
        """The checksum that a header has.

        Raises:
            Refusal: `InvalidRequest` unless `text` is base64 of as many bytes as there must be.
        """
        return self._read(text, "header")

    def read_trailing(self, text: str) -> bytes:
        """As `read`, of a trailer."""
        return self._read(text, "trailing header")

    def _read(self, text: str, place: str) -> bytes:
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            digest = b""
        # Base64 has several texts for some bytes: answers will have this one.
        if len(digest) != self.size or written(digest) != text:
            raise refusals.INVALID_REQUEST(f"Value for {self.header} {place} is invalid.")
        return digest

    def mismatch(self) -> Refusal:
        """`BadDigest`: the body has another checksum."""
        return BAD_DIGEST(f"The {self.name} you specified did not match the calculated checksum.")


CRC32 = ChecksumAlgorithm("CRC32", 4, CRC32_KIND)
CRC32C = ChecksumAlgorithm("CRC32C", 4, CRC32C_KIND)
CRC64NVME = ChecksumAlgorithm("CRC64NVME", 8, CRC64_NVME)
SHA1 = ChecksumAlgorithm("SHA1", 20)
SHA256 = ChecksumAlgorithm("SHA256", 32)

ALGORITHMS = (CRC32, CRC32C, CRC64NVME, SHA1, SHA256)

_BY_HEADER = {algorithm.header: algorithm for algorithm in ALGORITHMS}
_BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}


def written(digest: bytes) -> str:
    """A checksum as headers and documents have it: base64."""
    return base64.b64encode(digest).decode("ascii")


def algorithm_of_element(name: str) -> ChecksumAlgorithm:
    """The algorithm of an element such as `ChecksumCRC32`.

    Raises:
        Refusal: `MalformedXML` if there is none.
    """
    algorithm = _BY_NAME.get(name.removeprefix(ELEMENT))
    if algorithm is None or not name.startswith(ELEMENT):
        raise refusals.MALFORMED_XML()
    return algorithm


def algorithm_named(name: str) -> ChecksumAlgorithm:
    """The algorithm with this name, in any case.

    Raises:
        Refusal: `InvalidRequest` if there is none.
    """
    algorithm = _BY_NAME.get(name.strip().upper())
    if algorithm is None:
        raise refusals.INVALID_REQUEST(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(_BY_NAME)}]"
        )
    return algorithm


@dataclass(frozen=True, slots=True)
class AnnouncedChecksum:
    """What a request says of its body's checksum.

    Attributes:
        value: None if it comes as a trailer.
    """

    algorithm: ChecksumAlgorithm
    value: bytes | None

    @property
    def trailer(self) -> str | None:
        """Name of the trailer that must come, in lower case, None if the value is there."""
        return self.algorithm.header if self.value is None else None


def given_checksums(headers: Iterable[tuple[str, str]]) -> list[tuple[ChecksumAlgorithm, str]]:
    """Algorithm and text of each header that gives a checksum.

    Args:
        headers: names in lower case.

    Raises:
        Refusal: `InvalidRequest` for an unknown algorithm.
    """
    return [
        (_of_header(name), value)
        for name, value in headers
        if name.startswith(PREFIX) and name not in _NO_CHECKSUMS
    ]


def announced_checksum(headers: Iterable[tuple[str, str]]) -> AnnouncedChecksum | None:
    """The checksum that the request headers announce, None if they don't.

    Args:
        headers: all of the request; of one that comes twice, both.

    Raises:
        Refusal: `InvalidRequest` if there are several, one that is unknown, a value that is none,
            or if x-amz-sdk-checksum-algorithm says another.
    """
    lower = [(name.lower(), value.strip()) for name, value in headers]
    given = given_checksums(lower)
    trailing = [
        _of_trailer(name.strip().lower())
        for header, value in lower
        if header == TRAILER
        for name in value.split(",")
        if name.strip()
    ]
    _refuse_several(len(given), len(trailing))
    announced = None
    if given:
        algorithm, value = given[0]
        announced = AnnouncedChecksum(algorithm, algorithm.read(value))
    elif trailing:
        announced = AnnouncedChecksum(trailing[0], None)
    for header, value in lower:
        if header == SDK_ALGORITHM:
            _refuse_another(value, announced)
    return announced


def _of_header(name: str) -> ChecksumAlgorithm:
    algorithm = _BY_HEADER.get(name)
    if algorithm is None:
        raise refusals.INVALID_REQUEST(
            "The algorithm type you specified in x-amz-checksum- header is invalid."
        )
    return algorithm


def _of_trailer(name: str) -> ChecksumAlgorithm:
    algorithm = _BY_HEADER.get(name)
    if algorithm is None:
        raise refusals.INVALID_REQUEST(
            "The value specified in the x-amz-trailer header is not supported"
        )
    return algorithm


def _refuse_several(given: int, trailing: int) -> None:
    if given > 1 or trailing > 1:
        raise refusals.INVALID_REQUEST(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    if given and trailing:
        raise refusals.INVALID_REQUEST("Expecting a single x-amz-checksum- header")


def _refuse_another(name: str, announced: AnnouncedChecksum | None) -> None:
    """Refuse if `x-amz-sdk-checksum-algorithm` is not what was announced."""
    if announced is None:
        raise refusals.INVALID_REQUEST(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
            "x-amz-trailer headers were found."
        )
    if name.upper() != announced.algorithm.name:
        raise refusals.INVALID_REQUEST("Value for x-amz-sdk-checksum-algorithm header is invalid.")
