"""PutObject: an object in the body of a PUT (OSS: "PutObject")."""

from __future__ import annotations

from pillarbox.access.decision import Need, write_rule
from pillarbox.model import refusals
from pillarbox.model.object_headers import (
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import Bucket, Digests, ObjectSpec
from pillarbox.policy import check_upload_size
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.callbacks import admit, callback_of_request
from pillarbox.server.digests import content_md5
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import upload_headers

_UNSUPPORTED_CONDITIONS = (
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
)
_LATER = ("x-oss-copy-source", "x-oss-traffic-limit")


async def put_object(request: Request, service: Service) -> Answer:
    """Store the request's body under the addressed key."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    await service.authorize_object(caller, Need.WRITE_OBJECT, bucket, key)
    _refuse_what_is_not_supported(request)
    body = request.body
    if body.content_length is None and body.finished:
        raise refusals.MISSING_CONTENT_LENGTH()
    check_upload_size(body.content_length or 0, service.settings.ceilings)
    expected_md5 = content_md5(request)
    spec = _spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest)
    requested = callback_of_request(request, spec.headers.content_type)
    callback = await admit(requested, bucket, service.messenger)
    if spec.forbid_overwrite and await service.store.object(bucket, key) is not None:
        raise refusals.FILE_ALREADY_EXISTS()
    upload = service.store.begin_upload(bucket)
    try:
        while piece := await body.read():
            check_upload_size(upload.size + len(piece), service.settings.ceilings)
            if callback is not None:
                callback.see(piece)
            await upload.write(piece)
        digests = await upload.finish()
        if expected_md5 is not None and digests.md5 != expected_md5:
            raise refusals.INVALID_DIGEST()
        _check_crc(request, digests)
        owner_id, rule = caller.account_id or bucket.owner_id, write_rule(caller, bucket)
        if callback is not None:
            _, answer = await callback.commit(request, service, upload, spec, owner_id, rule)
            return answer
        stored = await upload.commit(spec, owner_id, rule)
    except BaseException:
        await upload.abort()
        raise
    return answers.empty(200, upload_headers(stored))


def _spec(request: Request, bucket: Bucket, key: bytes, *, encrypted_at_rest: bool) -> ObjectSpec:
    get = request.headers.get
    return ObjectSpec(
        key=key,
        headers=read_object_headers(
            get, get("content-type"), request.headers.with_prefix("x-oss-meta-")
        ),
        acl=read_object_acl(get("x-oss-object-acl")),
        tags=read_tagging(get("x-oss-tagging")),
        storage_class=read_storage_class(get("x-oss-storage-class"), bucket.storage_class),
        encryption=read_encryption(get, encrypted_at_rest=encrypted_at_rest),
        forbid_overwrite=get("x-oss-forbid-overwrite") == "true",
    )


def _refuse_what_is_not_supported(request: Request) -> None:
    for name in _UNSUPPORTED_CONDITIONS:
        if request.headers.get(name) is not None:
            raise refusals.HEADER_NOT_SUPPORTED(Header=name)
    for name in _LATER:
        if request.headers.get(name) is not None:
            raise refusals.NOT_IMPLEMENTED(Header=name)
    if "x-oss-traffic-limit" in request.query:
        raise refusals.NOT_IMPLEMENTED("The parameter x-oss-traffic-limit is not implemented yet.")


def _check_crc(request: Request, digests: Digests) -> None:
    given = request.headers.get("x-oss-hash-crc64ecma")
    if given is not None and given.strip() != str(digests.crc64):
        raise refusals.INVALID_CRC64()
