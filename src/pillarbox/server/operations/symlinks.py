"""PutSymlink and GetSymlink: keys that lead to others (OSS pages of these names)."""

from __future__ import annotations

from dataclasses import replace

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.object_types import NOT_SYMLINK
from pillarbox.model.symbolic_links import TARGET, read_target, written_target
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.put_object import refuse_what_no_upload_has
from pillarbox.server.request import Request
from pillarbox.server.requested_object import object_spec
from pillarbox.server.requested_version import present, requested_version, version_action
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import metadata_headers, version_headers


async def put_symlink(request: Request, service: Service) -> Answer:
    """Make the addressed key lead to another of its bucket, whether that is there or not."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key)
    refuse_what_no_upload_has(request)
    target = read_target(request.headers.raw(TARGET))
    spec = replace(
        object_spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest),
        symlink_target=target,
    )
    service.check_extras(request, caller, bucket, spec)
    upload = service.store.begin_upload(bucket)  # of no bytes
    stored = await upload.commit(spec, caller.account_id or bucket.owner_id, rule)
    told = version_headers(stored.version_id, request.dialect, bucket.versioning)
    return answers.empty(200, [("ETag", request.dialect.etag(stored.etag)), *told])


async def get_symlink(request: Request, service: Service) -> Answer:
    """Tell where the addressed link leads. The right to read the link suffices."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    named = requested_version(request)
    found = await service.store.versions.find(bucket, key, named)
    action = version_action("oss:GetObject", named)
    inquiry = service.inquiry(request, caller, action, bucket, key)
    inquiry.check(ObjectAcl.DEFAULT if found is None else found.acl)
    link = present(request, bucket, key, named, found)
    if link.symlink_target is None:
        raise NOT_SYMLINK()
    told = metadata_headers(link, request.dialect, bucket.versioning)
    return answers.empty(200, [*told, (TARGET, written_target(link.symlink_target))])
