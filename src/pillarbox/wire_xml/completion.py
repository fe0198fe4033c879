"""The list of parts that completes an upload, as a document.

OSS and S3: "CompleteMultipartUpload".
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.multipart import MAX_PART_NUMBER
from pillarbox.wire_xml.tree import local_name, text_of

#: Name of the root element.
COMPLETE_MULTIPART_UPLOAD = "CompleteMultipartUpload"

_EC_MALFORMED = "0042-00000205"


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as the document lists it.

    Attributes:
        checksums: name and text of each element `Checksum…`, which clients of S3 send along.
    """

    number: int
    etag: str
    checksums: tuple[tuple[str, str], ...] = ()


def read_completion(root: Element) -> list[ListedPart]:
    """The parts, in the order of the document.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, no part or too many,
            `InvalidArgument` for a number that no part has.
    """
    parts = [_read_part(element) for element in root]
    if not 1 <= len(parts) <= MAX_PART_NUMBER:
        raise refusals.MALFORMED_XML(ec=_EC_MALFORMED)
    return parts


def _read_part(element: Element) -> ListedPart:
    if local_name(element) != "Part":
        raise refusals.MALFORMED_XML(ec=_EC_MALFORMED)
    texts = {local_name(child): text_of(child) for child in element}
    if "PartNumber" not in texts or "ETag" not in texts or len(texts) != len(element):
        raise refusals.MALFORMED_XML(ec=_EC_MALFORMED)
    checksums = tuple((name, text) for name, text in texts.items() if name.startswith("Checksum"))
    return ListedPart(part_number(texts["PartNumber"]), texts["ETag"], checksums)


def part_number(text: str) -> int:
    """The number of a part.

    Raises:
        Refusal: `InvalidArgument` unless it is 1 to 10,000 (OSS: "HTTP 400 status code" has the
            text, under another code).
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise _no_part_number(text)
    number = int(text)
    if not 1 <= number <= MAX_PART_NUMBER:
        raise _no_part_number(text)
    return number


def _no_part_number(text: str) -> refusals.Refusal:
    return refusals.INVALID_ARGUMENT(
        f"Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive.",
        ArgumentName="partNumber",
        ArgumentValue=text[:128],
    )
