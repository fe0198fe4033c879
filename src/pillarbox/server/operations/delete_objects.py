"""DeleteMultipleObjects (OSS page of this name)."""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.access.caller import Caller
from pillarbox.access.inquiry import Inquiry
from pillarbox.model import refusals
from pillarbox.model.acl import WriteRule
from pillarbox.model.limits import MAX_DELETION_SIZE
from pillarbox.model.names import check_key
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.query_values import key_encoding
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.control_characters import read_document_with_controls
from pillarbox.wire_xml.deletion import DELETE, Deletion, deletion_node, read_deletion

_EC_NO_DIGEST = "0016-00000606"
_EC_MALFORMED = "0016-00000608"
_EC_DENIED = "0016-00000616"


async def delete_multiple_objects(request: Request, service: Service) -> Answer:
    """Remove up to 1,000 objects, all or none; those that aren't there count as removed."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    encoding = key_encoding(request)
    deletion = await _read(request)
    keys = [check_key(key, allow_leading_slash=request.leading_slash_keys) for key in deletion.keys]
    try:
        await service.store.delete_objects(bucket, _rules(request, service, caller, bucket, keys))
    except Refusal as refusal:
        if refusal.code == refusals.ACCESS_DENIED.code:
            refusal.ec = _EC_DENIED
        raise
    if deletion.quiet:
        return answers.empty(200)
    return answers.document(200, deletion_node(keys, encoding))


def _rules(
    request: Request, service: Service, caller: Caller, bucket: Bucket, keys: Sequence[bytes]
) -> dict[bytes, WriteRule | None]:
    """Each key with the rule that it is judged by where it is deleted: its ACL may change.

    Raises:
        Refusal: `AccessDenied` for a key that no ACL can help.
    """
    rules: dict[bytes, WriteRule | None] = {}
    for key in keys:
        inquiry = service.inquiry(request, caller, "oss:DeleteObject", bucket, key)
        rules[key] = None if _is_settled(inquiry, key) else inquiry.write_rule()
    return rules


def _is_settled(inquiry: Inquiry, key: bytes) -> bool:
    try:
        return inquiry.is_settled()
    except Refusal as refusal:
        refusal.details["Key"] = key.decode("utf-8", "replace")
        raise


async def _read(request: Request) -> Deletion:
    body = request.body
    if body.content_length is None and body.finished:
        raise refusals.MISSING_CONTENT_LENGTH()
    if request.headers.raw("content-md5") is None:
        raise refusals.MISSING_ARGUMENT(ec=_EC_NO_DIGEST, ArgumentName="Content-MD5")
    try:
        root = await read_xml_body(request, DELETE, MAX_DELETION_SIZE, read_document_with_controls)
        if root is None:
            raise refusals.MALFORMED_XML()
        return read_deletion(root)
    except Refusal as refusal:
        if refusal.code == refusals.MALFORMED_XML.code and refusal.ec is None:
            refusal.ec = _EC_MALFORMED
        raise
