"""AppendObject: bytes added to the end of an object (OSS page of this name)."""

from __future__ import annotations

from functools import partial

from pillarbox.model.acl import all_rules
from pillarbox.model.appending import NEXT_POSITION, PARAMETER, check_position, read_position
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.policy import check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.object_body import ExpectedBody, receive
from pillarbox.server.operations.put_object import refuse_taken, refuse_what_no_upload_has
from pillarbox.server.request import Request
from pillarbox.server.requested_object import object_spec, requested_tags
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import upload_headers


async def append_object(request: Request, service: Service) -> Answer:
    """Add the request's body to the addressed object, or make it of that."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    tags = partial(requested_tags, request)
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key, tags)
    position = read_position(request.query.get(PARAMETER))
    refuse_what_no_upload_has(request)
    ceilings = service.settings.ceilings
    expected = ExpectedBody.of(request, ceilings)
    spec = object_spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest)
    if position == 0:
        # What else the headers say counts for a new object alone.
        rule = all_rules(rule, await service.permitted_extras(request, caller, bucket, spec))
    await _check_standing(service, bucket, spec, position)
    check_upload_size(position + (request.body.content_length or 0), ceilings)
    upload = service.store.begin_upload(bucket)
    try:
        digests = await receive(request, upload, expected)
        check_upload_size(position + digests.size, ceilings)
        owner_id = caller.account_id or bucket.owner_id
        stored = await upload.commit_append(spec, owner_id, position, rule)
    except BaseException:
        await upload.abort()
        raise
    return _answer(request, bucket, stored)


def _answer(request: Request, bucket: Bucket, stored: StoredObject) -> Answer:
    told = upload_headers(stored, request.dialect, bucket.versioning)
    return answers.empty(200, [*told, (NEXT_POSITION, str(stored.size))])


async def _check_standing(
    service: Service, bucket: Bucket, spec: ObjectSpec, position: int
) -> None:
    """Refuse before the bytes come what the commit would refuse as things stand."""
    existing = await service.store.object(bucket, spec.key)
    if existing is None:
        check_position(position, None, 0)
        return
    if position == 0:
        refuse_taken(bucket, spec)
    check_position(position, existing.object_type, existing.size)
