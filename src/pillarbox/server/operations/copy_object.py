"""CopyObject: an object made of another one's bytes (OSS page of this name)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from pillarbox.access.caller import Caller
from pillarbox.model import refusals
from pillarbox.model.acl import WriteRule, all_rules
from pillarbox.model.checksums import algorithm_named
from pillarbox.model.dialects import Dialect
from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.object_headers import read_directive
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.timestamps import xml_date
from pillarbox.policy import Ceilings, check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.checksum_words import checksum_nodes
from pillarbox.server.copy_source import (
    HEADER,
    ReadableSource,
    readable_source,
    source_version_headers,
)
from pillarbox.server.lifecycle_headers import expiration_headers
from pillarbox.server.preconditions import is_source_unmodified
from pillarbox.server.request import Request
from pillarbox.server.requested_object import (
    forbids_overwrite,
    requested_acl,
    requested_condition,
    requested_encryption,
    requested_headers,
    requested_storage_class,
    requested_tags,
)
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import Headers, copy_headers, metadata_headers
from pillarbox.server.traffic_limit import refuse_traffic_limit
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.running_checksum import running_checksum
from pillarbox.wire_xml.tree import Node

#: How often it is decided anew because the source was changed meanwhile.
_DECISIONS = 8


async def copy_object(request: Request, service: Service) -> Answer:
    """Store another object's bytes under the addressed key."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    inquiry = service.inquiry(request, caller, "oss:PutObject", bucket, key)
    # Then nothing can be judged before it is known which tags the copy will have.
    hangs_on_tags = inquiry.looks_at_request_tags
    rule = None if hangs_on_tags else await service.rule_of(inquiry, bucket, key)
    refuse_traffic_limit(request)
    condition = requested_condition(request)
    await service.check_condition(request, caller, bucket, key, condition)
    owner_id = caller.account_id or bucket.owner_id
    for _ in range(_DECISIONS):
        found = await readable_source(request, service, caller)
        source = found.stored
        spec = _spec(request, service, caller, found, (bucket, key))
        if hangs_on_tags:
            given = inquiry.giving(partial(_tags_of, spec))
            rule = await service.rule_of(given, bucket, key)
        extras = await service.permitted_extras(request, caller, bucket, spec)
        spec = replace(spec, condition=condition)
        if is_source_unmodified(request, source):
            told = metadata_headers(source, request.dialect, found.bucket.versioning)
            return answers.empty(304, told)
        spec = await _with_checksum(request, service, source, spec)
        asked = all_rules(rule, extras)
        if source.object_type == ObjectType.APPENDABLE:
            copied = await _written_anew(service, source, bucket, spec, owner_id, asked)
        else:
            copied = await service.store.copy_object(source, bucket, spec, owner_id, asked)
        if copied is not None:
            told = source_version_headers(request, found)
            return _answer(request, bucket, copied, told)
    raise refusals.SERVICE_UNAVAILABLE()


def _tags_of(spec: ObjectSpec) -> Mapping[str, str]:
    return spec.tags


async def _written_anew(
    service: Service,
    source: StoredObject,
    bucket: Bucket,
    spec: ObjectSpec,
    owner_id: str,
    rule: WriteRule | None,
) -> StoredObject | None:
    """A copy, in one piece, of the bytes that the source had when it was decided upon.

    An object that grows while it is copied would be another each time it is looked at.
    """
    upload = service.store.begin_upload(bucket)
    try:
        reader = await service.store.open_object(source)
        try:
            async for piece in reader.chunks(0, source.size):
                await upload.write(piece)
        finally:
            reader.close()
        return await upload.commit(spec, owner_id, rule)
    except LostBlob as lost:
        await upload.abort()
        raise refusals.INTERNAL_ERROR() from lost
    except BaseException:
        await upload.abort()
        raise


def _answer(request: Request, bucket: Bucket, copied: StoredObject, of_source: Headers) -> Answer:
    dialect = request.dialect
    result: list[Node] = [
        ("LastModified", xml_date(copied.modified_ms)),
        ("ETag", dialect.etag(copied.etag)),
        *checksum_nodes(copied.checksum, dialect),
    ]
    headers = [
        *copy_headers(copied, dialect, bucket.versioning),
        *expiration_headers(bucket, copied, dialect),
        *of_source,
    ]
    return answers.document(200, ("CopyObjectResult", result), headers, dialect)


def _spec(
    request: Request,
    service: Service,
    caller: Caller,
    found: ReadableSource,
    place: tuple[Bucket, bytes],
) -> ObjectSpec:
    """What becomes of the copy, checked."""
    source = found.stored
    bucket, key = place
    onto_itself = (source.bucket_id, source.key) == (bucket.id, key) and found.version is None
    if not onto_itself:  # what is there already stays changeable
        _check_size(source.size, service.settings.ceilings, request.dialect)
    replaces = _replaces(request, "metadata-directive")
    if onto_itself and not replaces:
        replaces = request.rules.replaces_headers_of_itself
        if not replaces:
            _refuse_no_change(request)
    headers = requested_headers(request) if replaces else source.headers
    if _replaces(request, "tagging-directive"):
        tags = requested_tags(request)
    else:
        tags = dict(source.tags)
        if tags:
            # Whoever may read an object may not always read its tags.
            service.inquiry(
                request, caller, "oss:GetObjectTagging", found.bucket, source.key, found.version
            ).check(source)
    return ObjectSpec(
        key=key,
        headers=headers,
        acl=requested_acl(request, bucket),
        tags=tags,
        storage_class=requested_storage_class(request, bucket.storage_class),
        encryption=requested_encryption(
            request, encrypted_at_rest=service.settings.encrypted_at_rest
        ),
        forbid_overwrite=forbids_overwrite(request),
    )


async def _with_checksum(
    request: Request, service: Service, source: StoredObject, spec: ObjectSpec
) -> ObjectSpec:
    """`spec` with a checksum by the algorithm that the request names, if the source has another.

    S3: "CopyObject", x-amz-checksum-algorithm. Without that header the copy has the source's.

    Raises:
        Refusal: `InvalidRequest` for an unknown algorithm, `ServiceUnavailable` if the source was
            replaced meanwhile.
    """
    name = request.own("checksum-algorithm") if request.rules.has_checksums else None
    if name is None or source.symlink_target is not None:
        return spec
    algorithm = algorithm_named(name)
    kept = source.checksum
    if kept is not None and kept.algorithm is algorithm and kept.parts is None:
        return spec
    running = running_checksum(algorithm)
    try:
        reader = await service.store.open_object(source)
    except LostBlob as lost:
        raise refusals.SERVICE_UNAVAILABLE() from lost
    try:
        async for piece in reader.chunks(0, source.size):
            await asyncio.to_thread(running.update, piece)
    finally:
        reader.close()
    return replace(spec, checksum=ObjectChecksum(algorithm, running.digest()))


def _replaces(request: Request, directive: str) -> bool:
    return read_directive(request.dialect.field(directive), lambda _: request.own(directive))


def _refuse_no_change(request: Request) -> None:
    """Refuse a copy onto itself that changes nothing (S3: "CopyObject")."""
    changes = ("storage-class", "server-side-encryption", "website-redirect-location")
    if all(request.own(name) is None for name in changes):
        raise refusals.INVALID_REQUEST(
            "This copy request is illegal because it is trying to copy an object to itself "
            "without changing the object's metadata, storage class, website redirect location or "
            "encryption attributes."
        )


def _check_size(size: int, ceilings: Ceilings, dialect: Dialect) -> None:
    """Refuse `InvalidArgument` for more than one request may copy, `EntityTooLarge` by ceilings."""
    if size > MAX_FILE_SIZE:
        raise refusals.INVALID_ARGUMENT(
            "An object of more than 5 GB is copied in parts, by UploadPartCopy.",
            ArgumentName=dialect.field(HEADER),
        )
    check_upload_size(size, ceilings)
