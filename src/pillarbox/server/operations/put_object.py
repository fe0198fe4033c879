"""PutObject: an object in the body of a PUT (OSS: "PutObject")."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pillarbox.model import refusals
from pillarbox.model.acl import all_rules
from pillarbox.model.objects import Bucket, ObjectSpec
from pillarbox.model.write_condition import WriteCondition
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.callbacks import Uploaded, admit, callback_of_request
from pillarbox.server.lifecycle_headers import expiration_headers
from pillarbox.server.object_body import ExpectedBody, receive
from pillarbox.server.request import Request
from pillarbox.server.requested_object import (
    object_spec,
    requested_condition,
    requested_tags,
)
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import upload_headers
from pillarbox.server.traffic_limit import refuse_limited_put

_UNSUPPORTED_CONDITIONS = (
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
)


async def put_object(request: Request, service: Service) -> Answer:
    """Store the request's body under the addressed key."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    tags = partial(requested_tags, request)
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key, tags)
    refuse_what_no_upload_has(request)
    expected = ExpectedBody.of(request, service.settings.ceilings)
    spec = object_spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest)
    condition = requested_condition(request)
    await service.check_condition(request, caller, bucket, key, condition)
    extras = await service.permitted_extras(request, caller, bucket, spec)
    rule = all_rules(rule, extras)
    requested = callback_of_request(request, spec.headers.content_type)
    callback = await admit(requested, bucket, service.messenger)
    await _check_standing(service, bucket, spec, condition)
    owner_id = caller.account_id or bucket.owner_id
    upload = service.store.begin_upload(bucket)
    try:
        digests = await receive(
            request, upload, expected, None if callback is None else callback.see
        )
        spec = replace(spec, condition=condition, checksum=request.body.checksum)
        if callback is None:
            stored = await upload.commit(spec, owner_id, rule)
        else:
            _, answer = await callback.commit(
                request,
                service,
                Uploaded.whole(spec, digests),
                partial(upload.commit, spec, owner_id, rule),
            )
            return answer
    except BaseException:
        await upload.abort()
        raise
    headers = upload_headers(stored, request.dialect, bucket.versioning)
    headers.extend(expiration_headers(bucket, stored, request.dialect))
    return answers.empty(200, headers)


async def _check_standing(
    service: Service, bucket: Bucket, spec: ObjectSpec, condition: WriteCondition | None
) -> None:
    """Refuse before the bytes come what the commit would refuse as things stand."""
    if not spec.forbid_overwrite and condition is None:
        return
    existing = await service.store.object(bucket, spec.key)
    if existing is not None:
        refuse_taken(bucket, spec)
    if condition is not None:
        condition.check(spec.key, None if existing is None else existing.etag)


def refuse_taken(bucket: Bucket, spec: ObjectSpec) -> None:
    """Refuse `FileAlreadyExists` where there is an object that must not be overwritten."""
    if spec.forbids_overwrite(bucket.versioning):
        raise refusals.FILE_ALREADY_EXISTS()


def refuse_what_no_upload_has(request: Request) -> None:
    """Refuse `NotImplemented` for conditions that OSS has of no upload, and a limit of speed."""
    for name in () if request.rules.has_write_conditions else _UNSUPPORTED_CONDITIONS:
        if request.headers.get(name) is not None:
            raise refusals.HEADER_NOT_SUPPORTED(Header=name)
    refuse_limited_put(request)
