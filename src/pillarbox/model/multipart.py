"""Multipart uploads: what is kept of them, and what a list of parts must be to be completed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pillarbox.model import refusals
from pillarbox.model.crc import CRC64_XZ
from pillarbox.model.limits import KIB, MIB
from pillarbox.model.object_checksum import ChosenChecksum, ObjectChecksum
from pillarbox.model.objects import ObjectSpec

#: OSS: "UploadPart", part numbers.
MAX_PART_NUMBER = 10_000

#: Bytes that every part but the last must have (OSS: "CompleteMultipartUpload").
MIN_PART_SIZE = 100 * KIB

#: The same in S3 (AWS: "Amazon S3 multipart upload limits").
S3_MIN_PART_SIZE = 5 * MIB


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """An upload in parts, begun and neither completed nor aborted.

    Attributes:
        spec: what the object will be; `forbid_overwrite` and `condition` are the completion's.
        owner_id: account that began it.
        created_ms: milliseconds since the Unix epoch, UTC.
        checksum: what its parts are checked with, None if a client of S3 chose nothing.
    """

    id: str
    bucket_id: int
    spec: ObjectSpec
    owner_id: str
    created_ms: int
    checksum: ChosenChecksum | None = None


@dataclass(frozen=True, slots=True)
class ListedUpload:
    """One line of a listing of uploads; as of `MultipartUpload`."""

    key: bytes
    id: str
    created_ms: int
    storage_class: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class UploadListing:
    """A page of a listing of uploads, by key in byte order, then by id.

    Attributes:
        common_prefixes: keys rolled up to the delimiter; each counts as one entry.
        next_after: key and id of the last entry if there are more, else None. A common prefix has
            an empty id.
    """

    uploads: tuple[ListedUpload, ...]
    common_prefixes: tuple[bytes, ...]
    next_after: tuple[bytes, str] | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was uploaded.

    Attributes:
        blob_id: of its bytes; None for an empty part.
        size: in bytes.
        md5: 16 raw bytes.
        crc64: CRC-64/XZ, unsigned.
        modified_ms: milliseconds since the Unix epoch, UTC.
        checksum: of S3's, None if it came without one.
    """

    number: int
    blob_id: str | None
    size: int
    md5: bytes
    crc64: int
    modified_ms: int
    checksum: ObjectChecksum | None = None

    @property
    def etag(self) -> str:
        """Upper case hexadecimal MD5, without quotes."""
        return self.md5.hex().upper()


@dataclass(frozen=True, slots=True)
class WholeObject:
    """What an object of several parts is, all but its name.

    Attributes:
        parts: in their order.
        size: in bytes.
        etag: MD5 of the parts' MD5s, `-`, their number.
        crc64: CRC-64/XZ of all bytes.
    """

    parts: tuple[Part, ...]
    size: int
    etag: str
    crc64: int


def chosen_parts(
    wanted: Sequence[tuple[int, str]],
    present: Mapping[int, Part],
    min_part_size: int = MIN_PART_SIZE,
) -> tuple[Part, ...]:
    """The parts that a completion lists, by number and ETag (OSS: "CompleteMultipartUpload").

    Args:
        min_part_size: bytes that every part but the last must have.

    Raises:
        Refusal: `InvalidPartOrder` unless the numbers rise, `InvalidPart` for one that isn't there
            or has another ETag, `EntityTooSmall` for one that is, `MalformedXML` for none at all.
    """
    if not wanted:
        raise refusals.MALFORMED_XML()
    numbers = [number for number, _ in wanted]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise refusals.INVALID_PART_ORDER()
    parts = []
    for number, etag in wanted:
        part = present.get(number)
        if part is None or part.etag != etag.strip().strip('"').upper():
            raise refusals.INVALID_PART(PartNumber=str(number), ETag=etag[:64])
        parts.append(part)
    for part in parts[:-1]:
        if part.size < min_part_size:
            raise refusals.ENTITY_TOO_SMALL(
                ec="",  # the catalogue's is that of forms
                PartNumber=str(part.number),
                ProposedSize=str(part.size),
                MinSizeAllowed=str(min_part_size),
            )
    return tuple(parts)


def whole_of(parts: Sequence[Part]) -> WholeObject:
    """What the parts make together. The ETag is S3's; OSS calls it opaque (assumed)."""
    crc64 = 0
    for part in parts:
        crc64 = CRC64_XZ.combined(crc64, part.crc64, part.size)
    return WholeObject(
        tuple(parts),
        sum(part.size for part in parts),
        etag_of_parts([part.md5 for part in parts]),
        crc64,
    )


def etag_of_parts(digests: Sequence[bytes]) -> str:
    """The ETag of an object in parts, without quotes.

    Args:
        digests: MD5 of each part, in their order.
    """
    digest = hashlib.md5(b"".join(digests), usedforsecurity=False)
    return f"{digest.hexdigest().upper()}-{len(digests)}"
