"""What the headers of a request say that an object shall be, in either dialect's words.

OSS: "PutObject", "CopyObject", "InitiateMultipartUpload"; S3: "PutObject", "CopyObject",
"CreateMultipartUpload". What an object here can't have is refused, not dropped.
"""

from __future__ import annotations

from pillarbox.forms.s3_values import (
    read_canned_acl,
    read_s3_encryption,
    read_s3_storage_class,
)
from pillarbox.model import refusals
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import S3
from pillarbox.model.object_headers import (
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import Bucket, ObjectHeaders, ObjectSpec
from pillarbox.model.write_condition import WriteCondition, read_write_condition
from pillarbox.server.request import Request
from pillarbox.server.requested_grants import granted_acl

#: Headers of S3 that ask for what no object here has, without the prefix.
_NOT_SERVED = (
    "object-lock-",
    "server-side-encryption-",
    "website-redirect-location",
    "write-offset-bytes",
)

#: Conditions of S3 on date and size, which directory buckets alone have, without the prefix.
_OTHER_CONDITIONS = ("if-match-",)


def object_spec(
    request: Request, bucket: Bucket, key: bytes, *, encrypted_at_rest: bool
) -> ObjectSpec:
    """What the headers say that the object shall be; refusals for values that can't be."""
    return ObjectSpec(
        key=key,
        headers=requested_headers(request),
        acl=requested_acl(request, bucket),
        tags=requested_tags(request),
        storage_class=requested_storage_class(request, bucket.storage_class),
        encryption=requested_encryption(request, encrypted_at_rest=encrypted_at_rest),
        forbid_overwrite=forbids_overwrite(request),
    )


def requested_headers(request: Request) -> ObjectHeaders:
    """The headers that the object shall keep."""
    content_type = request.headers.get("content-type") or request.rules.default_type
    return read_object_headers(request.stored_header, content_type, request.user_metadata())


def requested_acl(request: Request, bucket: Bucket) -> ObjectAcl:
    """The ACL of an object in `bucket`; `default` where none is asked for."""
    name = request.dialect.object_acl
    if request.rules.lists_grants:
        granted = granted_acl(request, bucket.owner_id)
        if granted is not None:
            return ObjectAcl(granted.value)
        return read_canned_acl(request.own(name), S3.field(name))
    return read_object_acl(request.own(name))


def requested_tags(request: Request) -> dict[str, str]:
    """The object's tags."""
    return read_tagging(request.own("tagging"), request.dialect)


def requested_storage_class(request: Request, default: str) -> str:
    """The object's storage class; `default` where none is asked for."""
    text = request.own("storage-class")
    if request.dialect is S3:
        return read_s3_storage_class(text, default)
    return read_storage_class(text, default)


def requested_encryption(request: Request, *, encrypted_at_rest: bool) -> str | None:
    """The server-side encryption to echo, None if none is asked for.

    Raises:
        Refusal: also `NotImplemented` for all else that an object of S3 could have.
    """
    if request.dialect is not S3:
        return read_encryption(request.headers.get, encrypted_at_rest=encrypted_at_rest)
    _refuse(request, _NOT_SERVED)
    text = request.own("server-side-encryption")
    return read_s3_encryption(lambda _: text, encrypted_at_rest=encrypted_at_rest)


def forbids_overwrite(request: Request) -> bool:
    """Whether the object must not be there yet; S3 says so by conditions."""
    return request.headers.get("x-oss-forbid-overwrite") == "true"


def requested_condition(request: Request) -> WriteCondition | None:
    """What must stand under the key for the write to be done (AWS: "Conditional writes").

    OSS has no such conditions, and refuses these headers where it has a rule for them.

    Raises:
        Refusal: `NotImplemented` for a condition that no write of S3 has.
    """
    if not request.rules.has_write_conditions:
        return None
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        if request.headers.get(name) is not None:
            raise refusals.NOT_IMPLEMENTED(Header=name)
    refuse_other_conditions(request)
    return read_write_condition(
        request.headers.get("If-Match"), request.headers.get("If-None-Match")
    )


def refuse_other_conditions(request: Request) -> None:
    """Refuse `NotImplemented` for a condition of S3 on an object's or an upload's date or size.

    Dropped, it would let go what its sender wants to keep.
    """
    if request.rules.has_write_conditions:
        _refuse(request, _OTHER_CONDITIONS)


def _refuse(request: Request, beginnings: tuple[str, ...]) -> None:
    """Refuse `NotImplemented` for headers of S3 whose names, without the prefix, begin so."""
    for name, _ in request.own_with_prefix(""):
        if name.lower().startswith(beginnings):
            raise refusals.NOT_IMPLEMENTED(Header=S3.field(name.lower())[:128])
