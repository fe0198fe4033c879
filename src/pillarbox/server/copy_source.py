"""The request header x-oss-copy-source: which object is copied (OSS: "CopyObject")."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.names import check_bucket_name, check_key
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.server.referer_rules import check_referer
from pillarbox.server.request import Request
from pillarbox.server.service import Service

HEADER = "x-oss-copy-source"


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
    named = read_copy_source(
        request.headers.raw(HEADER) or b"", leading_slash_keys=request.leading_slash_keys
    )
    bucket = await service.store.bucket(named.bucket)
    if bucket is None:
        raise refusals.NO_SUCH_BUCKET(BucketName=named.bucket)
    # Else a copy would give out what the source's Referer rules keep.
    check_referer(request, bucket)
    stored = await service.store.object(bucket, named.key)
    # The rules are asked before anybody learns whether the key exists.
    inquiry = service.inquiry(request, caller, "oss:GetObject", bucket, named.key)
    inquiry.check(ObjectAcl.DEFAULT if stored is None else stored.acl)
    if stored is None:
        raise refusals.NO_SUCH_KEY(Key=named.key.decode("utf-8"))
    return bucket, stored


def read_copy_source(value: bytes, *, leading_slash_keys: bool = False) -> CopySource:
    """What a header's value, `/BUCKET/KEY`, percent-encoded, names.

    `+` is a space: the Go SDK writes it so, and every SDK writes a plus as `%2B`.

    Args:
        leading_slash_keys: whether keys may begin with a slash.

    Raises:
        Refusal: `InvalidArgument` for another form, `NotImplemented` for a version,
            `InvalidBucketName`, `InvalidObjectName`.
    """
    path, question, query = value.strip().partition(b"?")
    if question and query.partition(b"=")[0] == b"versionId":
        raise refusals.NOT_IMPLEMENTED("Versions of objects are not implemented.", Header=HEADER)
    bucket, slash, key = path.removeprefix(b"/").partition(b"/")
    if question or not path.startswith(b"/") or not bucket or not slash or not key:
        raise _malformed(value)
    try:
        name, text = _decoded(bucket), _decoded(key)
    except UnicodeDecodeError:
        raise _malformed(value) from None
    check_bucket_name(name)
    return CopySource(name, check_key(text, allow_leading_slash=leading_slash_keys))


def _decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")


def _malformed(value: bytes) -> Refusal:
    return refusals.INVALID_ARGUMENT(
        "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.",
        ArgumentName=HEADER,
        ArgumentValue=value.decode("utf-8", "replace")[:128],
    )
