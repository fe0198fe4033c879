"""The checksum of an object in parts, and what a client says of it when it completes the upload.

AWS: "CompleteMultipartUpload", "Checking object integrity in Amazon S3". Codes and texts of
refusals are those that OpenStack Swift's tests (test/s3api) and versitygw's recorded of Amazon S3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pillarbox.model import refusals
from pillarbox.model.body_refusals import BAD_DIGEST
from pillarbox.model.checksums import ChecksumAlgorithm
from pillarbox.model.multipart import Part
from pillarbox.model.object_checksum import (
    ChecksumType,
    ChosenChecksum,
    ObjectChecksum,
    combined,
)
from pillarbox.model.refusals import Refusal

#: COMPOSITE of checksums in their order: `storage.running_checksum.composite`, for this floor
#: computes none.
Composite = Callable[[ChecksumAlgorithm, Sequence[bytes]], ObjectChecksum]


@dataclass(frozen=True, slots=True)
class ClaimedChecksums:
    """What a completion says of checksums.

    Attributes:
        parts: by number, as far as the list of parts has them.
        whole: of the object, None if there is none. COMPOSITE may leave out the number of parts.
        type: value of x-amz-checksum-type, None if there is none.
    """

    parts: Mapping[int, ObjectChecksum] = field(default_factory=dict)
    whole: ObjectChecksum | None = None
    type: ChecksumType | None = None


def whole_checksum(
    chosen: ChosenChecksum | None,
    parts: Sequence[Part],
    claimed: ClaimedChecksums | None,
    composite: Composite,
) -> ObjectChecksum | None:
    """The checksum of the object that the parts make; None if the upload was begun without.

    Args:
        chosen: what the upload was begun with.
        parts: of the object, in their order.
        claimed: None for a client that knows no checksums, as those of OSS. It is not asked for
            them, and its object has none if a part has none.

    Raises:
        Refusal: `InvalidPart` for a part that has another checksum than the list says,
            `InvalidRequest` for one that is missing there or was never sent, `BadDigest` if the
            whole has another one, or its type is another.
    """
    if claimed is not None:
        _check_kind(chosen, claimed)
        for part in parts:
            _check_part(chosen, part, claimed.parts.get(part.number))
    if chosen is None:
        return None
    algorithm, type_ = chosen
    known = [
        (part.checksum.digest, part.size)
        for part in parts
        if part.checksum is not None and part.checksum.algorithm == algorithm
    ]
    if len(known) < len(parts):
        if claimed is None:
            return None
        raise _came_without(algorithm, parts)
    if type_ is ChecksumType.COMPOSITE:
        whole = composite(algorithm, [digest for digest, _ in known])
    else:
        whole = combined(algorithm, known)
    if claimed is not None and claimed.whole is not None and not _agrees(claimed.whole, whole):
        raise algorithm.mismatch()
    return whole


def _check_kind(chosen: ChosenChecksum | None, claimed: ClaimedChecksums) -> None:
    """Refuse another algorithm or type than the upload was begun with."""
    if claimed.type is not None and (chosen is None or claimed.type is not chosen[1]):
        begun_with = "null" if chosen is None else chosen[1].value
        raise BAD_DIGEST(
            f"The upload was created using the {begun_with} checksum mode. The complete request "
            "must use the same checksum mode."
        )
    if claimed.whole is not None and (chosen is None or claimed.whole.algorithm != chosen[0]):
        begun_with = "null" if chosen is None else chosen[0].name.lower()
        raise refusals.INVALID_REQUEST(
            f"Checksum Type mismatch occurred, expected checksum Type: {begun_with}, actual "
            f"checksum Type: {claimed.whole.algorithm.name.lower()}"
        )


def _check_part(chosen: ChosenChecksum | None, part: Part, claimed: ObjectChecksum | None) -> None:
    """Refuse what the list of parts says, or doesn't say, of this one."""
    if claimed is None:
        if chosen is not None and chosen[1] is ChecksumType.COMPOSITE:
            raise refusals.INVALID_REQUEST(
                f"The upload was created using a {chosen[0].name.lower()} checksum. The complete "
                "request must include the checksum for each part. It was missing for part "
                f"{part.number} in the request."
            )
        return
    if claimed == part.checksum:
        return
    if part.checksum is None or part.checksum.algorithm == claimed.algorithm:
        raise refusals.INVALID_PART(PartNumber=str(part.number), ETag=part.etag)
    raise BAD_DIGEST(
        f"The {claimed.algorithm.name.lower()} you specified for part {part.number} did not match "
        "what we received."
    )


def _came_without(algorithm: ChecksumAlgorithm, parts: Sequence[Part]) -> Refusal:
    """`InvalidRequest`: without the checksum of every part there is none of the whole."""
    number = next(
        part.number
        for part in parts
        if part.checksum is None or part.checksum.algorithm != algorithm
    )
    return refusals.INVALID_REQUEST(
        f"The upload was created using a {algorithm.name.lower()} checksum. Part {number} was "
        "uploaded without one: upload it again, with its checksum."
    )


def _agrees(claimed: ObjectChecksum, whole: ObjectChecksum) -> bool:
    """Whether a client's checksum is that of the object (versitygw: the number may be left out)."""
    return claimed.digest == whole.digest and claimed.parts in (None, whole.parts)
