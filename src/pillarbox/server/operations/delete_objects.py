"""DeleteMultipleObjects (OSS page of this name; S3: "DeleteObjects")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

from pillarbox.access.caller import Caller
from pillarbox.access.inquiry import Inquiry
from pillarbox.model import refusals
from pillarbox.model.acl import WriteRule
from pillarbox.model.deletion import Deletion as Outcome
from pillarbox.model.deletion import Removal
from pillarbox.model.dialects import S3
from pillarbox.model.limits import MAX_DELETION_SIZE
from pillarbox.model.names import check_key
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import as_s3
from pillarbox.model.versioning import NO_SUCH_VERSION, NULL_VERSION, NamedVersion, read_version_id
from pillarbox.model.write_condition import WriteCondition
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.query_values import key_encoding
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.verified_body import VerifiedBody
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.control_characters import read_document_with_controls
from pillarbox.wire_xml.deletion import (
    DELETE,
    Deletion,
    DeletionOutcome,
    outcome_node,
    read_deletion,
)

_ACTION = "oss:DeleteObject"

_EC_NO_DIGEST = "0016-00000606"
_EC_MALFORMED = "0016-00000608"
_EC_DENIED = "0016-00000616"
#: Refusals of a condition, which concern an entry alone.
_OF_ONE = {refusals.PRECONDITION_FAILED.code, refusals.NO_SUCH_KEY.code}


async def delete_multiple_objects(request: Request, service: Service) -> Answer:
    """Remove up to 1,000 objects or versions; those that aren't there count as removed.

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
    wanted = [_Named.of(*entry) for entry in _entries(deletion)]
    removals = [
        Removal(one.key, _late_rule(request, service, caller, bucket, one), one.version)
        for one in wanted
    ]
    try:
        deletions = await service.store.delete_objects(bucket, removals)
    except Refusal as refusal:
        if refusal.code == refusals.ACCESS_DENIED.code:
            refusal.ec = _EC_DENIED
        raise
    if deletion.quiet:
        return answers.empty(200)
    told = map(partial(_told, bucket), wanted, deletions)
    return answers.document(200, outcome_node(told, encoding, quiet=False))


class _Named(NamedTuple):
    """What an entry of the document names: a key, and perhaps a version and what it must be."""

    key: bytes
    version: NamedVersion | None
    condition: WriteCondition | None

    @classmethod
    def of(cls, key: str, version: str | None, etag: str | None) -> _Named:
        """Refusals `InvalidObjectName` and `InvalidArgument` for what nothing was ever called."""
        named = None if version is None else read_version_id(version)
        condition = None if etag is None else WriteCondition.if_match(etag)
        return cls(check_key(key, allow_leading_slash=True), named, condition)


async def _outcomes(
    request: Request,
    service: Service,
    caller: Caller,
    bucket: Bucket,
    deletion: Deletion,
) -> list[DeletionOutcome]:
    """What became of each entry; of S3, whose refusals concern one each."""
    entries = _entries(deletion)
    named = [_named_or_flaw(*entry) for entry in entries]
    wanted = dict.fromkeys(one for one in named if isinstance(one, _Named))
    done = await _delete(request, service, caller, bucket, wanted)
    outcomes = []
    for (key, version, _), one in zip(entries, named, strict=True):
        became = one if isinstance(one, Refusal) else done[one]
        if isinstance(became, Refusal):
            raw = key.encode("utf-8", "replace")
            outcomes.append(DeletionOutcome(raw, version, as_s3(became)))
        elif isinstance(one, _Named):
            outcomes.append(_told(bucket, one, became))
    return outcomes


def _told(bucket: Bucket, named: _Named, became: Outcome) -> DeletionOutcome:
    version = None if named.version is None else named.version.id or NULL_VERSION
    marker = None
    if became.is_delete_marker:
        marker = bucket.versioning.shown_id(became.version_id)
    return DeletionOutcome(named.key, version, marker_version=marker)


def _entries(deletion: Deletion) -> list[tuple[str, str | None, str | None]]:
    return list(zip(deletion.keys, deletion.versions, deletion.etags, strict=True))


def _named_or_flaw(key: str, version: str | None, etag: str | None) -> _Named | Refusal:
    """What an entry names, or why there can be no such object."""
    try:
        return _Named.of(key, version, etag)
    except Refusal as refusal:
        if refusal.code == refusals.INVALID_ARGUMENT.code:
            return NO_SUCH_VERSION()
        return refusal


async def _delete(
    request: Request, service: Service, caller: Caller, bucket: Bucket, wanted: Iterable[_Named]
) -> dict[_Named, Outcome | Refusal]:
    """Remove what may be removed; gives why the rest may not.

    Who may remove nothing is told so without a transaction, as for a single object: anybody can
    name a thousand keys.
    """
    removals: dict[_Named, Removal] = {}
    done: dict[_Named, Outcome | Refusal] = {}
    for one in wanted:
        try:
            rule = await service.permitted(
                request, caller, _ACTION, bucket, one.key, version=one.version
            )
            await service.check_condition(
                request, caller, bucket, one.key, one.condition, one.version
            )
        except Refusal as refusal:
            done[one] = _denial(refusal)
        else:
            removals[one] = Removal(one.key, rule, one.version)
    # What must have an ETag is judged by itself: it keeps none of the others.
    singly = {one: removal for one, removal in removals.items() if one.condition is not None}
    done |= await _delete_singly(service, bucket, singly)
    together = {one: removal for one, removal in removals.items() if one.condition is None}
    if not together:
        return done
    try:
        deletions = await service.store.delete_objects(bucket, list(together.values()))
    except Refusal as refusal:
        _denial(refusal)
        # The ACL of one was changed since it was read.
        return done | await _delete_singly(service, bucket, together)
    return done | dict(zip(together, deletions, strict=True))


async def _delete_singly(
    service: Service, bucket: Bucket, removals: Mapping[_Named, Removal]
) -> dict[_Named, Outcome | Refusal]:
    done: dict[_Named, Outcome | Refusal] = {}
    for one, (key, rule, version) in removals.items():
        try:
            done[one] = await service.store.delete_object(bucket, key, rule, one.condition, version)
        except Refusal as refusal:
            done[one] = refusal if refusal.code in _OF_ONE else _denial(refusal)
    return done


def _denial(refusal: Refusal) -> Refusal:
    """`refusal` if it is `AccessDenied`; any other is raised."""
    if refusal.code != refusals.ACCESS_DENIED.code:
        raise refusal
    return refusal


def _late_rule(
    request: Request, service: Service, caller: Caller, bucket: Bucket, named: _Named
) -> WriteRule | None:
    """The rule that an entry is judged by where it is deleted: its ACL may change.

    Raises:
        Refusal: `AccessDenied` for a key that no ACL can help.
    """
    inquiry = service.inquiry(request, caller, _ACTION, bucket, named.key, named.version)
    return None if _is_settled(inquiry, named.key) else inquiry.write_rule()


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
