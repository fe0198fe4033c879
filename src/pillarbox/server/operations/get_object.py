"""GetObject, HeadObject and GetObjectMeta (OSS pages of these names)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.names import has_control_characters
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.checksum_words import checksum_headers, wants_checksum
from pillarbox.server.lifecycle_headers import expiration_headers
from pillarbox.server.preconditions import is_unmodified
from pillarbox.server.request import Request
from pillarbox.server.requested_range import PART_NUMBER, RequestedRange, requested_range
from pillarbox.server.requested_version import permitted_version, requested_version
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import metadata_headers, read_headers
from pillarbox.server.symbolic_links import followed
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.reading import InlineReader

_log = logging.getLogger("pillarbox")

_OVERRIDES = {
    "response-content-type": "Content-Type",
    "response-content-language": "Content-Language",
    "response-expires": "Expires",
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
}


async def get_object(request: Request, service: Service) -> Answer:
    """The object's bytes, whole or a range of them."""
    caller, bucket, stored = await _readable(request, service)
    overrides = _overrides(request, caller)
    if is_unmodified(request, stored):
        return answers.empty(304, metadata_headers(stored, request.dialect, bucket.versioning))
    wanted = await _wanted(request, service, bucket, stored)
    first, length = wanted.first, wanted.length
    headers = read_headers(
        stored,
        overrides,
        tags_told=_tags_told(request, service, caller, bucket, stored),
        dialect=request.dialect,
        versioning=bucket.versioning,
    )
    headers.extend(_of_bytes(request, stored, wanted))
    headers.extend(_expiration(request, bucket, stored))
    try:
        reader = await service.store.open_object(stored)
    except LostBlob as lost:
        raise _lost(request, bucket, stored, lost) from None
    status = 206 if wanted.is_partial else 200
    if isinstance(reader, InlineReader):
        return Answer(status, headers, reader.content[first : first + length])
    pieces = _pieces(request, bucket, stored, reader.chunks(first, length))
    try:
        # What can't be read at all is refused while it still can be.
        stream = await _begun(pieces)
    except BaseException:
        reader.close()
        raise
    return Answer(status, headers, stream=stream, close=reader.close, length=length)


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`pieces`, of which the first is read already."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        if first:
            yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


async def _pieces(
    request: Request, bucket: Bucket, stored: StoredObject, pieces: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    try:
        async for piece in pieces:
            yield piece
    except LostBlob as lost:
        raise _lost(request, bucket, stored, lost) from None


def _lost(request: Request, bucket: Bucket, stored: StoredObject, lost: LostBlob) -> Refusal:
    """Tell the operator which object lost its bytes; gives what the client is told."""
    _log.critical(
        "%s the bytes of %s/%s are lost: %s",
        request.id,
        bucket.name,
        ascii(stored.key.decode("utf-8")),  # a key may hold line ends and worse
        lost,
    )
    return refusals.INTERNAL_ERROR()


async def head_object(request: Request, service: Service) -> Answer:
    """As GetObject, without the bytes."""
    caller, bucket, stored = await _readable(request, service)
    overrides = _overrides(request, caller)
    if is_unmodified(request, stored):
        return answers.empty(304, metadata_headers(stored, request.dialect, bucket.versioning))
    wanted = await _wanted(request, service, bucket, stored)
    headers = read_headers(
        stored,
        overrides,
        tags_told=_tags_told(request, service, caller, bucket, stored),
        dialect=request.dialect,
        versioning=bucket.versioning,
    )
    headers.extend(_of_bytes(request, stored, wanted))
    headers.extend(_expiration(request, bucket, stored))
    return Answer(206 if wanted.is_partial else 200, headers, length=wanted.length)


async def _wanted(
    request: Request, service: Service, bucket: Bucket, stored: StoredObject
) -> RequestedRange:
    try:
        return await requested_range(request, service, stored)
    except LostBlob as lost:
        raise _lost(request, bucket, stored, lost) from None


def _of_bytes(
    request: Request, stored: StoredObject, wanted: RequestedRange
) -> list[tuple[str, str]]:
    """What is told of the bytes in an answer: where they stand, and a checksum that is asked for.

    That is of all of the object's bytes, and told with all of them; of a part by its number as
    well, but by no Range, as in S3.
    """
    headers = wanted.headers(request, stored)
    by_range = wanted.is_partial and PART_NUMBER not in request.query
    if wants_checksum(request) and wanted.is_whole(stored) and not by_range:
        headers.extend(checksum_headers(stored.checksum, request.dialect))
    return headers


def _expiration(request: Request, bucket: Bucket, stored: StoredObject) -> list[tuple[str, str]]:
    """When it will expire; of a version that was named the rules for objects say nothing."""
    if requested_version(request) is not None:
        return []
    return expiration_headers(bucket, stored, request.dialect)


async def get_object_meta(request: Request, service: Service) -> Answer:
    """ETag, length and date, and nothing else; of a link, its own."""
    _, bucket, stored = await permitted_version(request, service, "oss:GetObject")
    headers = metadata_headers(stored, request.dialect, bucket.versioning)
    return Answer(200, headers, length=stored.size)


async def _readable(request: Request, service: Service) -> tuple[Caller, Bucket, StoredObject]:
    """The addressed object or version, if the caller may read it; a link as what it leads to."""
    caller, bucket, stored = await permitted_version(request, service, "oss:GetObject")
    return caller, bucket, await followed(request, service, caller, bucket, stored)


def _tags_told(
    request: Request, service: Service, caller: Caller, bucket: Bucket, stored: StoredObject
) -> bool:
    """Whether the reader may know how many tags the object has; nothing is asked if it has none."""
    if not stored.tags:
        return False
    version = requested_version(request)
    inquiry = service.inquiry(request, caller, "oss:GetObjectTagging", bucket, request.key, version)
    return inquiry.decide(stored).is_allowed


def _overrides(request: Request, caller: Caller) -> dict[str, str]:
    """Headers that the (signed) URL wants answered instead of the stored ones."""
    overrides = {}
    for parameter, header in _OVERRIDES.items():
        value = request.query.get(parameter)
        if value is None:
            continue
        if caller.anonymous:
            raise refusals.INVALID_REQUEST(
                "Request specific response headers cannot be used for anonymous GET requests."
            )
        if has_control_characters(value):
            raise refusals.INVALID_ARGUMENT(ArgumentName=parameter)
        overrides[header] = value
    return overrides
