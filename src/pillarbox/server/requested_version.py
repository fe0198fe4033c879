"""Which version of an object a request is about, and what to say when it isn't there.

OSS: "Versioning"; S3: "Using versioning in S3 buckets". The parameter `versionId` names one, and
asks for rights of its own; without it the current one is meant.
"""

from __future__ import annotations

from typing import NamedTuple

from pillarbox.access.caller import Caller
from pillarbox.model.acl import WriteRule
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.versioning import (
    NamedVersion,
    delete_marker_named,
    missing_version,
    read_version_id,
)
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import version_headers

PARAMETER = "versionId"


def requested_version(request: Request) -> NamedVersion | None:
    """The version that the request names, None for the current one.

    Raises:
        Refusal: `InvalidArgument` for what no version was ever called.
    """
    text = request.query.get(PARAMETER)
    return None if text is None else read_version_id(text)


class RequestedChange(NamedTuple):
    """The object or version that a request will change, for who may.

    Attributes:
        rule: as of `Service.permitted`.
    """

    caller: Caller
    bucket: Bucket
    key: bytes
    version: NamedVersion | None
    rule: WriteRule | None


async def permitted_change(request: Request, service: Service, action: str) -> RequestedChange:
    """What the request addresses, if the caller may do `action`, which changes it.

    Raises:
        Refusal: `NoSuchBucket`, `AccessDenied`, as of `requested_version`.
    """
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key, version = request.key, requested_version(request)
    rule = await service.permitted(request, caller, action, bucket, key, version=version)
    return RequestedChange(caller, bucket, key, version, rule)


async def permitted_version(
    request: Request, service: Service, action: str
) -> tuple[Caller, Bucket, StoredObject]:
    """The addressed object or version, if the caller may do `action` with it.

    Raises:
        Refusal: `NoSuchBucket`, `AccessDenied`, as of `requested_version` and `present`.
    """
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key, named = request.key, requested_version(request)
    found = await service.found_version(request, caller, action, bucket, key, named)
    return caller, bucket, present(request, bucket, key, named, found)


def present(
    request: Request,
    bucket: Bucket,
    key: bytes,
    named: NamedVersion | None,
    found: StoredObject | None,
) -> StoredObject:
    """The version that was looked for, if it is there and no delete marker.

    Raises:
        Refusal: `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker that is named.
    """
    if found is None:
        raise missing_version(key, named)
    if not found.is_delete_marker:
        return found
    if named is None:
        refusal = missing_version(key, named)
    else:
        refusal = delete_marker_named(found.version_id)
    refusal.headers[request.dialect.field("delete-marker")] = "true"
    refusal.headers.update(version_headers(found.version_id, request.dialect, bucket.versioning))
    raise refusal
