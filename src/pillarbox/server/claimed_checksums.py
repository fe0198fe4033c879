"""What a completion of S3 says of checksums and size, beside the list of parts.

AWS: "CompleteMultipartUpload". A header `x-amz-checksum-*` there is about the object, not about
the request's body.
"""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.model import refusals
from pillarbox.model.checksums import algorithm_of_element, given_checksums
from pillarbox.model.dialects import S3
from pillarbox.model.multipart import S3_MIN_PART_SIZE, WholeObject
from pillarbox.model.multipart_checksum import ClaimedChecksums
from pillarbox.model.object_checksum import ChecksumType, ObjectChecksum, read_checksum_type
from pillarbox.server.request import Request
from pillarbox.storage.multipart import OSS_PARTS, PartRules
from pillarbox.wire_xml.completion import ListedPart

_SIZE = "mp-object-size"


def part_rules(request: Request, listed: Sequence[ListedPart]) -> PartRules:
    """How the parts of a completion are held.

    Args:
        listed: in the request's document.

    Raises:
        Refusal: `InvalidRequest` for a checksum or a type that can't be read, or for several.
    """
    if not request.rules.has_checksums:
        return OSS_PARTS
    claimed = ClaimedChecksums(
        parts={part.number: _of_part(part) for part in listed if part.checksums},
        whole=_whole(request),
        type=_type(request),
    )
    return PartRules(S3_MIN_PART_SIZE, claimed)


def check_claimed_size(request: Request, whole: WholeObject) -> None:
    """Refuse `InvalidRequest` if a header says another size of the object."""
    text = request.own(_SIZE)
    if text is not None and text.strip() != str(whole.size):
        raise refusals.INVALID_REQUEST(
            f"The provided '{S3.field(_SIZE)}' header value {text[:32]} does not match what was "
            f"computed: {whole.size}"
        )


def _of_part(part: ListedPart) -> ObjectChecksum:
    if len(part.checksums) > 1:
        # One alone would be compared.
        raise refusals.INVALID_REQUEST(f"Expecting a single checksum of part {part.number}.")
    name, text = part.checksums[0]
    return ObjectChecksum.read(algorithm_of_element(name), text)


def _whole(request: Request) -> ObjectChecksum | None:
    own = request.own_with_prefix("")
    found = given_checksums([(S3.field(name.lower()), value) for name, value in own])
    if len(found) > 1:
        raise refusals.INVALID_REQUEST(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    return None if not found else ObjectChecksum.read(*found[0])


def _type(request: Request) -> ChecksumType | None:
    text = request.own("checksum-type")
    return None if text is None else read_checksum_type(text)
