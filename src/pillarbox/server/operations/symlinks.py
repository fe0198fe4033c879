"""PutSymlink and GetSymlink: keys that lead to others (OSS pages of these names)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pillarbox.model.acl import all_rules
from pillarbox.model.object_types import NOT_SYMLINK
from pillarbox.model.symbolic_links import TARGET, read_target, written_target
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.put_object import refuse_what_no_upload_has
from pillarbox.server.request import Request
from pillarbox.server.requested_object import object_spec, requested_tags
from pillarbox.server.requested_version import permitted_version
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import metadata_headers, version_headers


async def put_symlink(request: Request, service: Service) -> Answer:
    """Make the addressed key lead to another of its bucket, whether that is there or not."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    tags = partial(requested_tags, request)
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key, tags)
    refuse_what_no_upload_has(request)
    target = read_target(request.headers.raw(TARGET))
    spec = replace(
        object_spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest),
        symlink_target=target,
    )
    extras = await service.permitted_extras(request, caller, bucket, spec)
    upload = service.store.begin_upload(bucket)  # of no bytes
    owner_id = caller.account_id or bucket.owner_id
    stored = await upload.commit(spec, owner_id, all_rules(rule, extras))
    told = version_headers(stored.version_id, request.dialect, bucket.versioning)
    return answers.empty(200, [("ETag", request.dialect.etag(stored.etag)), *told])


async def get_symlink(request: Request, service: Service) -> Answer:
    """Tell where the addressed link leads. The right to read the link suffices."""
    _, bucket, link = await permitted_version(request, service, "oss:GetObject")
    if link.symlink_target is None:
        raise NOT_SYMLINK()
    told = metadata_headers(link, request.dialect, bucket.versioning)
    return answers.empty(200, [*told, (TARGET, written_target(link.symlink_target))])
