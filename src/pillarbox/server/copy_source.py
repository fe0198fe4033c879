"""The request header `copy-source`: which object is copied (OSS and S3: "CopyObject")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.names import check_bucket_name, check_key
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.model.versioning import NamedVersion, read_version_id
from pillarbox.server.expected_owner import SOURCE, check_owner
from pillarbox.server.referer_rules import check_referer
from pillarbox.server.request import Request
from pillarbox.server.requested_version import PARAMETER, present
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import Headers

#: Without the dialect's prefix.
HEADER = "copy-source"


@dataclass(frozen=True, slots=True)
class CopySource:
    """What the header names: a bucket, and a key's UTF-8 bytes; both are legal names.

    Attributes:
        version: None for the current one.
    """

    bucket: str
    key: bytes
    version: NamedVersion | None = None


class ReadableSource(NamedTuple):
    """What is copied; `version` as the header named it."""

    bucket: Bucket
    stored: StoredObject
    version: NamedVersion | None


async def readable_source(request: Request, service: Service, caller: Caller) -> ReadableSource:
    """The object or version to be copied and its bucket, if the caller may read it.

    Raises:
        Refusal: as of `read_copy_source`; `NoSuchBucket`, `AccessDenied`, `NoSuchKey`,
            `NoSuchVersion`, `InvalidRequest` for a delete marker that is named.
    """
    value = request.headers.raw(request.dialect.field(HEADER))
    named = read_copy_source(
        (request.own(HEADER) or "").encode("utf-8") if value is None else value,
        dialect=request.dialect,
    )
    bucket = await service.store.bucket(named.bucket)
    if bucket is None:
        raise refusals.NO_SUCH_BUCKET(BucketName=named.bucket)
    # Else a copy would give out what the source's Referer rules keep.
    check_referer(request, bucket)
    check_owner(request, bucket, SOURCE)
    found = await service.found_version(
        request, caller, "oss:GetObject", bucket, named.key, named.version
    )
    if found is not None and found.is_delete_marker and named.version is not None:
        raise refusals.INVALID_REQUEST(
            "The source of a copy request may not specifically refer to a delete marker by version "
            "id."
        )
    stored = present(request, bucket, named.key, named.version, found)
    return ReadableSource(bucket, stored, named.version)


def source_version_headers(request: Request, source: ReadableSource) -> Headers:
    """Which version was copied; nothing where its bucket never kept any."""
    shown = source.bucket.versioning.shown_id(source.stored.version_id)
    name = request.dialect.field(f"{HEADER}-version-id")
    return [] if shown is None else [(name, shown)]


def read_copy_source(value: bytes, *, dialect: Dialect = OSS) -> CopySource:
    """What a header's value, `/BUCKET/KEY`, percent-encoded, names.

    `+` is a space: the Go SDK writes it so, and every SDK writes a plus as `%2B`. In S3 the first
    slash may be left out.

    Raises:
        Refusal: `InvalidArgument` for another form and for what no version was ever called,
            `InvalidBucketName`, `InvalidObjectName`.
    """
    path, question, query = value.strip().partition(b"?")
    version = None
    if question:
        parameter, _, version_id = query.partition(b"=")
        if parameter.decode("latin-1") != PARAMETER:
            raise _malformed(value, dialect)
        version = read_version_id(version_id.decode("latin-1"))
    bucket, slash, key = path.removeprefix(b"/").partition(b"/")
    begins_well = path.startswith(b"/") or dialect is S3
    if not begins_well or not bucket or not slash or not key:
        raise _malformed(value, dialect)
    try:
        name, text = _decoded(bucket), _decoded(key)
    except UnicodeDecodeError:
        raise _malformed(value, dialect) from None
    check_bucket_name(name)
    return CopySource(name, check_key(text, allow_leading_slash=True), version)


def _decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")


def _malformed(value: bytes, dialect: Dialect) -> Refusal:
    return refusals.INVALID_ARGUMENT(
        "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.",
        ArgumentName=dialect.field(HEADER),
        ArgumentValue=value.decode("utf-8", "replace")[:128],
    )
