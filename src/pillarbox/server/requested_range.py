"""Which of an object's bytes a read asks for: a range, or a part by its number.

OSS: "GetObject", Range; S3: "GetObject", Range and partNumber.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.objects import StoredObject
from pillarbox.server.preconditions import is_range_current
from pillarbox.server.ranges import resolve_range
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.completion import part_number

#: The query parameter; a read by it is an operation of its own in `operations.table`.
PART_NUMBER = "partNumber"


@dataclass(frozen=True, slots=True)
class RequestedRange:
    """Bytes of an object.

    Attributes:
        is_partial: whether they are told as a part of the object, which may be all of it.
        parts: how many the object was uploaded in, None if it was not or nobody asked.
    """

    first: int
    length: int
    is_partial: bool
    parts: int | None = None

    def is_whole(self, stored: StoredObject) -> bool:
        """Whether these are all bytes of the object."""
        return self.length == stored.size

    def headers(self, request: Request, stored: StoredObject) -> list[tuple[str, str]]:
        """What an answer with these bytes tells of them."""
        headers = []
        if self.is_partial:
            last = self.first + self.length - 1
            headers.append(("Content-Range", f"bytes {self.first}-{last}/{stored.size}"))
        if self.parts is not None:
            headers.append((request.dialect.field("mp-parts-count"), str(self.parts)))
        return headers


async def requested_range(
    request: Request, service: Service, stored: StoredObject
) -> RequestedRange:
    """The bytes that the request wants.

    Raises:
        Refusal: as of `resolve_range`; of a part's number `InvalidArgument` for one that is none,
            `InvalidPartNumber` for one that the object does not have, `InvalidRequest` beside a
            range.
    """
    if PART_NUMBER in request.query:
        return await _part(request, service, stored)
    found = None
    if is_range_current(request, stored):
        standard = request.rules.refuses_odd_ranges or request.own("range-behavior") == "standard"
        found = resolve_range(request.headers.get("range"), stored.size, standard=standard)
    if found is None:
        return RequestedRange(0, stored.size, is_partial=False)
    return RequestedRange(*found, is_partial=True)


async def _part(request: Request, service: Service, stored: StoredObject) -> RequestedRange:
    number = part_number(request.query.get(PART_NUMBER) or "")
    if request.headers.get("range") is not None:
        raise refusals.INVALID_REQUEST(
            "Cannot specify both Range header and partNumber query parameter"
        )
    sizes = await service.store.multipart.part_sizes(stored)
    count = 1 if sizes is None else len(sizes)
    if number > count:
        raise s3_refusals.INVALID_PART_NUMBER(
            PartNumberRequested=str(number), ActualPartCount=str(count)
        )
    if sizes is None:
        return RequestedRange(0, stored.size, is_partial=stored.size > 0)
    first, length = sum(sizes[: number - 1]), sizes[number - 1]
    # Of no bytes no range can be told.
    return RequestedRange(first, length, is_partial=length > 0, parts=count)
