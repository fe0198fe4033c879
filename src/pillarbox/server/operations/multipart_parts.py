"""The parts of an upload: put, copy, list (OSS: "UploadPart", "UploadPartCopy", "ListParts")."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pillarbox.access.caller import Caller
from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model import refusals
from pillarbox.model.acl import WriteRule
from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.multipart import MAX_PART_NUMBER, Part
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.timestamps import xml_date
from pillarbox.policy import Ceilings, check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.checksum_words import checksum_nodes, chosen_checksum_nodes
from pillarbox.server.copy_source import HEADER as SOURCE_HEADER
from pillarbox.server.copy_source import readable_source, source_version_headers
from pillarbox.server.object_body import ExpectedBody, receive
from pillarbox.server.operations.multipart_uploads import (
    owner_nodes,
    part_rule,
    upload_id_of,
    upload_of,
)
from pillarbox.server.part_checksum import PartChecksum
from pillarbox.server.preconditions import is_source_unmodified
from pillarbox.server.query_values import bounded_number, key_encoding, page_size
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import metadata_headers, part_headers
from pillarbox.server.traffic_limit import refuse_traffic_limit
from pillarbox.storage.errors import LostBlob
from pillarbox.wire_xml.completion import part_number
from pillarbox.wire_xml.tree import Node

#: Parts that a page of a listing holds, at most and unless the client says.
MAX_PARTS = 1000

#: Headers without the dialect's prefix.
_ENCRYPTION = (
    "server-side-encryption",
    "server-side-encryption-key-id",
    "server-side-data-encryption",
    "server-side-encryption-customer-algorithm",
)
_EC_LINK = "0042-00000308"
_COPY_RANGE = "copy-source-range"
_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{1,19})")


async def upload_part(request: Request, service: Service) -> Answer:
    """Store the request's body as a part, in place of one of its number."""
    _, bucket, key, rule = await _writer(request, service)
    number = part_number(request.query.get("partNumber") or "")
    expected = ExpectedBody.of(request, service.settings.ceilings)
    # An upload that isn't there is told before the bytes come.
    found = await service.store.multipart.find(bucket, key, upload_id_of(request))
    checksum = PartChecksum.of(found, request.body)
    upload = service.store.begin_upload(bucket)
    try:
        await receive(request, upload, expected, checksum.see)
        computed = checksum.result(request.body)
        part = await upload.commit_part(key, found.id, number, rule, checksum=computed)
    except BaseException:
        await upload.abort()
        raise
    return answers.empty(200, part_headers(part, request.dialect))


async def upload_part_copy(request: Request, service: Service) -> Answer:
    """Store another object's bytes, or a range of them, as a part."""
    caller, bucket, key, rule = await _writer(request, service)
    number = part_number(request.query.get("partNumber") or "")
    found = await service.store.multipart.find(bucket, key, upload_id_of(request))
    copied = await readable_source(request, service, caller)
    source = copied.stored
    if is_source_unmodified(request, source):
        told = metadata_headers(source, request.dialect, copied.bucket.versioning)
        return answers.empty(304, told)
    if source.symlink_target is not None:
        raise refusals.INVALID_ARGUMENT(
            "The source of a part can not be a symbolic link.",
            ec=_EC_LINK,
            ArgumentName=request.dialect.field(SOURCE_HEADER),
        )
    first, length = _range(request, source, service.settings.ceilings)
    checksum = PartChecksum.of_copy(found)
    upload = service.store.begin_upload(bucket)
    try:
        async with aclosing(_bytes_of(service, source, first, length)) as pieces:
            async for piece in pieces:
                checksum.see(piece)
                await upload.write(piece)
        computed = checksum.result()
        part = await upload.commit_part(key, found.id, number, rule, checksum=computed)
    except LostBlob:
        await upload.abort()
        raise refusals.INTERNAL_ERROR() from None
    except BaseException:
        await upload.abort()
        raise
    dialect = request.dialect
    nodes: list[Node] = [
        ("LastModified", xml_date(part.modified_ms)),
        ("ETag", dialect.etag(part.etag)),
        *checksum_nodes(part.checksum, dialect, typed=False),
    ]
    # oss2 takes the ETag from the header, not from the document. Content-MD5 would be the latter's.
    told = [pair for pair in part_headers(part, dialect) if pair[0] != "Content-MD5"]
    told += source_version_headers(request, copied)
    return answers.document(200, ("CopyPartResult", nodes), told, dialect)


async def list_parts(request: Request, service: Service) -> Answer:
    """A page of the parts that an upload has."""
    bucket, upload = await upload_of(request, service, "oss:ListParts")
    keys = key_encoding(request)
    limit = page_size(request, "max-parts", MAX_PARTS)
    marker = _marker(request)
    parts = await service.store.multipart.parts(upload, after=marker, limit=limit + 1)
    page, is_truncated = parts[:limit], len(parts) > limit
    nodes: list[Node] = [
        *keys.nodes(),
        ("Bucket", bucket.name),
        ("Key", keys.write(upload.spec.key)),
        ("UploadId", upload.id),
        ("StorageClass", storage_class_name(upload.spec.storage_class, request.dialect)),
        ("PartNumberMarker", str(marker)),
        ("NextPartNumberMarker", str(page[-1].number if page else 0)),
        ("MaxParts", str(limit)),
        ("IsTruncated", "true" if is_truncated else "false"),
        *owner_nodes(upload.owner_id, request.dialect),
        *chosen_checksum_nodes(upload.checksum, request.dialect),
        *(("Part", _line(part, request.dialect)) for part in page),
    ]
    return answers.document(200, ("ListPartsResult", nodes), dialect=request.dialect)


async def _writer(
    request: Request, service: Service
) -> tuple[Caller, Bucket, bytes, WriteRule | None]:
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    rule = await part_rule(request, service, caller, bucket)
    _refuse_what_no_part_has(request)
    return caller, bucket, key, rule


def _refuse_what_no_part_has(request: Request) -> None:
    """A part is encrypted as its upload is, which was said when that was begun (OSS: "UploadPart").

    Raises:
        Refusal: `InvalidArgument` for a header of encryption, `NotImplemented` for a limit.
    """
    for name in _ENCRYPTION:
        if (value := request.own(name)) is not None:
            raise refusals.INVALID_ARGUMENT(
                ArgumentName=request.dialect.field(name), ArgumentValue=value[:128]
            )
    refuse_traffic_limit(request)


def _marker(request: Request) -> int:
    return bounded_number(request, "part-number-marker", MAX_PART_NUMBER, least=0, usual=0)


def _range(request: Request, source: StoredObject, ceilings: Ceilings) -> tuple[int, int]:
    """First byte and length of what is copied.

    Raises:
        Refusal: `InvalidArgument` for a range that is none or reaches past the end (OSS:
            "UploadPartCopy" is silent; half a part would be a false success), `EntityTooLarge`.
    """
    text = request.own(_COPY_RANGE)
    first, last = 0, source.size - 1
    if text is not None:
        match = _RANGE.fullmatch(text.strip())
        first, last = (int(match[1]), int(match[2])) if match else (1, 0)
        if not first <= last < source.size:
            raise refusals.INVALID_ARGUMENT(
                "The range must be bytes=FIRST-LAST within the source.",
                ArgumentName=request.dialect.field(_COPY_RANGE),
                ArgumentValue=text[:128],
            )
    length = last - first + 1
    check_upload_size(length, ceilings)
    return first, length


async def _bytes_of(
    service: Service, source: StoredObject, first: int, length: int
) -> AsyncGenerator[bytes, None]:
    reader = await service.store.open_object(source)
    try:
        async for piece in reader.chunks(first, length):
            yield piece
    finally:
        reader.close()


def _line(part: Part, dialect: Dialect) -> list[Node]:
    crc64: list[Node] = [("HashCrc64ecma", str(part.crc64))] if dialect is OSS else []
    return [
        ("PartNumber", str(part.number)),
        ("LastModified", xml_date(part.modified_ms)),
        ("ETag", dialect.etag(part.etag)),
        *crc64,
        *checksum_nodes(part.checksum, dialect, typed=False),
        ("Size", str(part.size)),
    ]
