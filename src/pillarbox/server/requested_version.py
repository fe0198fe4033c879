"""Which version of an object a request is about, and what to say when it isn't there.

OSS: "Versioning"; S3: "Using versioning in S3 buckets". The parameter `versionId` names one, and
asks for rights of its own; without it the current one is meant.
"""

from __future__ import annotations

from pillarbox.access.caller import Caller
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

#: What is asked of the rules about a version that is named (OSS and S3: permissions of each
#: operation).
_ACTIONS = {
    f"oss:{name}": f"oss:{version}"
    for name, version in (
        ("GetObject", "GetObjectVersion"),
        ("GetObjectAcl", "GetObjectVersionAcl"),
        ("GetObjectTagging", "GetObjectVersionTagging"),
        ("PutObjectAcl", "PutObjectVersionAcl"),
        ("PutObjectTagging", "PutObjectVersionTagging"),
        ("DeleteObject", "DeleteObjectVersion"),
        ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
        ("RestoreObject", "RestoreObjectVersion"),
    )
}


def requested_version(request: Request) -> NamedVersion | None:
    """The version that the request names, None for the current one.

    Raises:
        Refusal: `InvalidArgument` for what no version was ever called.
    """
    text = request.query.get(PARAMETER)
    return None if text is None else read_version_id(text)


def version_action(action: str, named: NamedVersion | None) -> str:
    """What the rules are asked: `action`, or its like of versions where one is named."""
    return action if named is None else _ACTIONS[action]


async def permitted_version(
    request: Request, service: Service, action: str
) -> tuple[Caller, Bucket, StoredObject]:
    """The addressed object or version, if the caller may do `action` with it.

    The rules are asked before anybody learns whether the key exists.

    Raises:
        Refusal: `NoSuchBucket`, `AccessDenied`, as of `requested_version` and `present`.
    """
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    named = requested_version(request)
    # One read: judging one version of the object and serving another would be a hole.
    found = await service.store.versions.find(bucket, key, named)
    inquiry = service.inquiry(request, caller, version_action(action, named), bucket, key)
    inquiry.check(None if found is None or found.is_delete_marker else found)
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
