"""CopyObject: an object made of another one's bytes (OSS page of this name)."""

from __future__ import annotations

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.model.object_headers import (
    read_directive,
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.timestamps import xml_date
from pillarbox.policy import Ceilings, check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.copy_source import HEADER, readable_source
from pillarbox.server.preconditions import COPY_SOURCE, is_unmodified
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import copy_headers, metadata_headers
from pillarbox.server.traffic_limit import refuse_traffic_limit

#: How often it is decided anew because the source was changed meanwhile.
_DECISIONS = 8


async def copy_object(request: Request, service: Service) -> Answer:
    """Store another object's bytes under the addressed key."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key)
    refuse_traffic_limit(request)
    owner_id = caller.account_id or bucket.owner_id
    for _ in range(_DECISIONS):
        source_bucket, source = await readable_source(request, service, caller)
        spec = _spec(request, service, caller, (source_bucket, source), (bucket, key))
        service.check_extras(request, caller, bucket, spec)
        if is_unmodified(request.headers, source, COPY_SOURCE):
            return answers.empty(304, metadata_headers(source))
        copied = await service.store.copy_object(source, bucket, spec, owner_id, rule)
        if copied is not None:
            return _answer(copied)
    raise refusals.SERVICE_UNAVAILABLE()


def _answer(copied: StoredObject) -> Answer:
    result = [("LastModified", xml_date(copied.modified_ms)), ("ETag", f'"{copied.etag}"')]
    return answers.document(200, ("CopyObjectResult", result), copy_headers(copied))


def _spec(
    request: Request,
    service: Service,
    caller: Caller,
    source_place: tuple[Bucket, StoredObject],
    place: tuple[Bucket, bytes],
) -> ObjectSpec:
    """What becomes of the copy, checked."""
    get = request.headers.get
    source_bucket, source = source_place
    bucket, key = place
    onto_itself = (source.bucket_id, source.key) == (bucket.id, key)
    if not onto_itself:  # what is there already stays changeable
        _check_size(source.size, service.settings.ceilings)
    replaced = read_directive("x-oss-metadata-directive", get) or onto_itself
    headers = source.headers
    if replaced:
        metadata = request.headers.with_prefix("x-oss-meta-")
        headers = read_object_headers(get, get("content-type"), metadata)
    if read_directive("x-oss-tagging-directive", get):
        tags = read_tagging(get("x-oss-tagging"))
    else:
        tags = dict(source.tags)
        if tags:
            # Whoever may read an object may not always read its tags.
            service.inquiry(
                request, caller, "oss:GetObjectTagging", source_bucket, source.key
            ).check()
    return ObjectSpec(
        key=key,
        headers=headers,
        acl=read_object_acl(get("x-oss-object-acl")),
        tags=tags,
        storage_class=read_storage_class(get("x-oss-storage-class"), bucket.storage_class),
        encryption=read_encryption(get, encrypted_at_rest=service.settings.encrypted_at_rest),
        forbid_overwrite=get("x-oss-forbid-overwrite") == "true",
    )


def _check_size(size: int, ceilings: Ceilings) -> None:
    """Refuse `InvalidArgument` for more than one request may copy, `EntityTooLarge` by ceilings."""
    if size > MAX_FILE_SIZE:
        raise refusals.INVALID_ARGUMENT(
            "An object of more than 5 GB is copied in parts, by UploadPartCopy.",
            ArgumentName=HEADER,
        )
    check_upload_size(size, ceilings)
