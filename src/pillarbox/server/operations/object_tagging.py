"""Tags of objects: PutObjectTagging, GetObjectTagging, DeleteObjectTagging (OSS pages)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.limits import KIB
from pillarbox.model.object_headers import check_tags
from pillarbox.model.refusals import Refusal
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.requested_version import (
    permitted_change,
    permitted_version,
    requested_version,
)
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import version_headers
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.tagging import TAGGING, read_tags, tagging_node

#: Ten tags of the greatest length have 6 KB with all their names, or 10 with each blank escaped.
_MAX_DOCUMENT = 32 * KIB

_EC_MALFORMED = "0010-00000101"

_PUT = "oss:PutObjectTagging"


async def put_object_tagging(request: Request, service: Service) -> Answer:
    """Set an object's tags in place of all former ones; its date stays."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key, version = request.key, requested_version(request)
    inquiry = service.inquiry(request, caller, _PUT, bucket, key, version)
    if inquiry.looks_at_request_tags:  # then nothing can be judged before they are read
        tags = await _read(request)
        rule = await service.rule_of(inquiry.giving(lambda: tags), bucket, key, version)
    else:
        rule = await service.rule_of(inquiry, bucket, key, version)
        tags = await _read(request)
    changed = await service.store.set_object_tags(bucket, key, tags, rule, version)
    return answers.empty(200, version_headers(changed, request.dialect, bucket.versioning))


async def get_object_tagging(request: Request, service: Service) -> Answer:
    """An object's tags."""
    _, bucket, stored = await permitted_version(request, service, "oss:GetObjectTagging")
    told = version_headers(stored.version_id, request.dialect, bucket.versioning)
    return answers.document(200, tagging_node(stored.tags), told, request.dialect)


async def delete_object_tagging(request: Request, service: Service) -> Answer:
    """Remove all tags of an object; 204 also if it had none."""
    _, bucket, key, version, rule = await permitted_change(
        request, service, "oss:DeleteObjectTagging"
    )
    changed = await service.store.set_object_tags(bucket, key, {}, rule, version)
    return answers.empty(204, version_headers(changed, request.dialect, bucket.versioning))


async def _read(request: Request) -> dict[str, str]:
    try:
        root = await read_xml_body(request, TAGGING, _MAX_DOCUMENT)
        if root is None:
            raise refusals.MALFORMED_XML()
        pairs = read_tags(root)
    except Refusal as refusal:
        if refusal.code == refusals.MALFORMED_XML.code:
            refusal.ec = _EC_MALFORMED
        raise
    return check_tags(pairs, request.dialect)
