"""The request header `copy-source`: which object is copied (OSS and S3: "CopyObject")."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.names import check_bucket_name, check_key
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.server.expected_owner import SOURCE, check_owner
from pillarbox.server.referer_rules import check_referer
from pillarbox.server.request import Request
from pillarbox.server.service import Service

#: Without the dialect's prefix.
HEADER = "copy-source"


@dataclass(frozen=True, slots=True)
class CopySource:
    """What the header names: a bucket, and a key's UTF-8 bytes; both are legal names."""

    bucket: str
    key: bytes


async def readable_source(
    request: Request, service: Service, caller: Caller
) -> tuple[Bucket, StoredObject]:
    """The object to be copied and its bucket, if the caller may read it.

    Raises:
        Refusal: as of `read_copy_source`; `NoSuchBucket`, `AccessDenied`, `NoSuchKey`.
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
    stored = await service.store.object(bucket, named.key)
    # The rules are asked before anybody learns whether the key exists.
    inquiry = service.inquiry(request, caller, "oss:GetObject", bucket, named.key)
    inquiry.check(stored)
    if stored is None:
        raise refusals.NO_SUCH_KEY(Key=named.key.decode("utf-8"))
    return bucket, stored


def read_copy_source(value: bytes, *, dialect: Dialect = OSS) -> CopySource:
    """What a header's value, `/BUCKET/KEY`, percent-encoded, names.

    `+` is a space: the Go SDK writes it so, and every SDK writes a plus as `%2B`. In S3 the first
    slash may be left out, and there is a version `null` of every object.

    Raises:
        Refusal: `InvalidArgument` for another form, `NotImplemented` for a version,
            `InvalidBucketName`, `InvalidObjectName`.
    """
    path, question, query = value.strip().partition(b"?")
    if query == b"versionId=null" and dialect.rules.has_null_version:
        question = b""
    if question and query.partition(b"=")[0] == b"versionId":
        raise refusals.NOT_IMPLEMENTED(
            "Versions of objects are not implemented.", Header=dialect.field(HEADER)
        )
    bucket, slash, key = path.removeprefix(b"/").partition(b"/")
    begins_well = path.startswith(b"/") or dialect is S3
    if question or not begins_well or not bucket or not slash or not key:
        raise _malformed(value, dialect)
    try:
        name, text = _decoded(bucket), _decoded(key)
    except UnicodeDecodeError:
        raise _malformed(value, dialect) from None
    check_bucket_name(name)
    return CopySource(name, check_key(text, allow_leading_slash=True))


def _decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")


def _malformed(value: bytes, dialect: Dialect) -> Refusal:
    return refusals.INVALID_ARGUMENT(
        "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.",
        ArgumentName=dialect.field(HEADER),
        ArgumentValue=value.decode("utf-8", "replace")[:128],
    )
