"""DeleteMultipleObjects (OSS page of this name; S3: "DeleteObjects")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pillarbox.access.caller import Caller
from pillarbox.access.inquiry import Inquiry
from pillarbox.model import refusals, s3_refusals
from pillarbox.model.acl import WriteRule
from pillarbox.model.dialects import S3
from pillarbox.model.limits import MAX_DELETION_SIZE
from pillarbox.model.names import check_key
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import as_s3
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.query_values import NULL_VERSION, key_encoding
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.verified_body import VerifiedBody
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.control_characters import read_document_with_controls
from pillarbox.wire_xml.deletion import (
    DELETE,
    Deletion,
    DeletionOutcome,
    deletion_node,
    outcome_node,
    read_deletion,
)

_EC_NO_DIGEST = "0016-00000606"
_EC_MALFORMED = "0016-00000608"
_EC_DENIED = "0016-00000616"


async def delete_multiple_objects(request: Request, service: Service) -> Answer:
    """Remove up to 1,000 objects; those that aren't there count as removed.

    In OSS all or none; S3 removes what it may and tells of the rest.
    """
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    encoding = key_encoding(request)
    deletion = await _read(request)
    if request.rules.deletes_one_by_one:
        outcomes = await _outcomes(request, service, caller, bucket, deletion)
        root = outcome_node(outcomes, encoding, quiet=deletion.quiet)
        return answers.document(200, root, dialect=request.dialect)
    keys = [check_key(key, allow_leading_slash=True) for key in deletion.keys]
    try:
        await service.store.delete_objects(bucket, _rules(request, service, caller, bucket, keys))
    except Refusal as refusal:
        if refusal.code == refusals.ACCESS_DENIED.code:
            refusal.ec = _EC_DENIED
        raise
    if deletion.quiet:
        return answers.empty(200)
    return answers.document(200, deletion_node(keys, encoding))


async def _outcomes(
    request: Request,
    service: Service,
    caller: Caller,
    bucket: Bucket,
    deletion: Deletion,
) -> list[DeletionOutcome]:
    """What became of each key."""
    named = [
        (key.encode("utf-8", "replace"), version, _flaw(key, version))
        for key, version in zip(deletion.keys, deletion.versions, strict=True)
    ]
    wanted = [key for key, _, flaw in named if flaw is None]
    refused = await _delete(request, service, caller, bucket, wanted)
    outcomes = []
    for key, version, flaw in named:
        refusal = flaw or refused.get(key)
        told = None if refusal is None else as_s3(refusal)
        outcomes.append(DeletionOutcome(key, version, told))
    return outcomes


def _flaw(key: str, version: str | None) -> Refusal | None:
    """Why there can be no such object. Objects here have one version, which S3 calls `null`."""
    if version not in (None, NULL_VERSION):
        return s3_refusals.NO_SUCH_VERSION()
    try:
        check_key(key, allow_leading_slash=True)
    except Refusal as refusal:
        return refusal
    return None


async def _delete(
    request: Request, service: Service, caller: Caller, bucket: Bucket, keys: Sequence[bytes]
) -> dict[bytes, Refusal]:
    """Remove what may be removed; gives why the rest may not.

    Who may remove nothing is told so without a transaction, as for a single object: anybody can
    name a thousand keys.
    """
    rules: dict[bytes, WriteRule | None] = {}
    refused: dict[bytes, Refusal] = {}
    for key in keys:
        try:
            rules[key] = await service.permitted(request, caller, "oss:DeleteObject", bucket, key)
        except Refusal as refusal:
            refused[key] = _denial(refusal)
    if not rules:
        return refused
    try:
        await service.store.delete_objects(bucket, rules)
    except Refusal as refusal:
        _denial(refusal)
        # The ACL of one was changed since it was read.
        return refused | await _delete_singly(service, bucket, rules)
    return refused


async def _delete_singly(
    service: Service, bucket: Bucket, rules: Mapping[bytes, WriteRule | None]
) -> dict[bytes, Refusal]:
    refused: dict[bytes, Refusal] = {}
    for key, rule in rules.items():
        try:
            await service.store.delete_object(bucket, key, rule)
        except Refusal as refusal:
            refused[key] = _denial(refusal)
    return refused


def _denial(refusal: Refusal) -> Refusal:
    """`refusal` if it is `AccessDenied`; any other is raised."""
    if refusal.code != refusals.ACCESS_DENIED.code:
        raise refusal
    return refusal


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
    if not _is_vouched_for(request):
        if request.dialect is S3:
            raise refusals.INVALID_REQUEST("Missing required header for this request: Content-MD5")
        raise refusals.MISSING_ARGUMENT(ec=_EC_NO_DIGEST, ArgumentName="Content-MD5")
    try:
        root = await read_xml_body(request, DELETE, MAX_DELETION_SIZE, read_document_with_controls)
        if root is None:
            raise refusals.MALFORMED_XML()
        return read_deletion(root, request.dialect)
    except Refusal as refusal:
        if refusal.code == refusals.MALFORMED_XML.code and refusal.ec is None:
            refusal.ec = _EC_MALFORMED
        raise


def _is_vouched_for(request: Request) -> bool:
    """Whether the document has a digest: a wrong bit would remove something else."""
    if request.headers.raw("content-md5") is not None:
        return True
    return isinstance(request.body, VerifiedBody) and request.body.algorithm is not None
