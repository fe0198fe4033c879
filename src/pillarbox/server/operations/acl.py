"""ACLs of buckets and objects.

OSS: "PutBucketAcl", "GetBucketAcl", "PutObjectACL", "GetObjectACL". S3 has the same operations,
with lists of grants: see `s3_grants`.
"""

from __future__ import annotations

from pillarbox.forms.s3_values import read_canned_acl
from pillarbox.model import refusals, s3_refusals
from pillarbox.model.acl import BucketAcl, ObjectAcl, effective_acl
from pillarbox.model.dialects import S3
from pillarbox.model.object_headers import read_object_acl
from pillarbox.model.objects import Bucket
from pillarbox.model.s3_grants import grants_of
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.requested_grants import acl_of_document, granted_acl
from pillarbox.server.requested_version import permitted_change, permitted_version
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import version_headers
from pillarbox.wire_xml.access_control_policy import policy_node
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.tree import Node


def requested_bucket_acl(request: Request, owner_id: str) -> BucketAcl | None:
    """The ACL that the headers name for a bucket, None if there is none.

    Args:
        owner_id: of the bucket.
    """
    text = request.own("acl")
    if not request.rules.lists_grants:
        return _read_bucket_acl(text)
    granted = granted_acl(request, owner_id)
    if granted is not None or text is None:
        return granted
    acl = read_canned_acl(text, S3.field("acl"))
    return BucketAcl.PRIVATE if acl is ObjectAcl.DEFAULT else BucketAcl(acl.value)


def _read_bucket_acl(text: str | None) -> BucketAcl | None:
    if text is None:
        return None
    try:
        return BucketAcl(text)
    except ValueError:
        raise _no_bucket_acl(text) from None


async def get_bucket_acl(request: Request, service: Service) -> Answer:
    """Owner and ACL of a bucket."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketAcl")
    return _answer(request, bucket.owner_id, bucket.acl.value, bucket.acl)


async def put_bucket_acl(request: Request, service: Service) -> Answer:
    """Change a bucket's ACL by the header `x-oss-acl`, in S3 by grants too."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketAcl")
    if request.rules.lists_grants:
        acl = await _requested_grants(request, bucket)
    else:
        named = requested_bucket_acl(request, bucket.owner_id)
        if named is None:
            raise _no_bucket_acl("")
        acl = named
    await service.store.set_bucket_acl(bucket, acl)
    return answers.empty(200)


async def get_object_acl(request: Request, service: Service) -> Answer:
    """Owner and ACL of an object; `default` where it inherits.

    S3 has no such word and is told what the bucket's ACL grants. The owner of the bucket owns what
    is in it, whoever put it there: no other account's rights follow from an object.
    """
    _, bucket, stored = await permitted_version(request, service, "oss:GetObjectAcl")
    effective = effective_acl(bucket.acl, stored.acl)
    answer = _answer(request, bucket.owner_id, stored.acl.value, effective)
    answer.headers.extend(version_headers(stored.version_id, request.dialect, bucket.versioning))
    return answer


async def put_object_acl(request: Request, service: Service) -> Answer:
    """Change an object's ACL by the header `x-oss-object-acl`, in S3 by grants too."""
    _, bucket, key, version, rule = await permitted_change(request, service, "oss:PutObjectAcl")
    if request.rules.lists_grants:
        acl = ObjectAcl((await _requested_grants(request, bucket)).value)
    else:
        text = request.own(request.dialect.object_acl)
        if not text:
            raise refusals.INVALID_ARGUMENT(
                "no such object access control exists",
                ArgumentName="x-oss-object-acl",
                ArgumentValue="",
            )
        acl = read_object_acl(text)
    changed = await service.store.set_object_acl(bucket, key, acl, rule, version)
    return answers.empty(200, version_headers(changed, request.dialect, bucket.versioning))


async def _requested_grants(request: Request, bucket: Bucket) -> BucketAcl:
    """What headers or body of a request of S3 say, of which there must be one."""
    in_headers = requested_bucket_acl(request, bucket.owner_id)
    in_body = await acl_of_document(request, bucket.owner_id)
    if in_headers is not None and in_body is not None:
        raise s3_refusals.UNEXPECTED_CONTENT()
    acl = in_headers or in_body
    if acl is None:
        raise s3_refusals.MISSING_SECURITY_HEADER()
    return acl


def _answer(request: Request, owner_id: str, word: str, acl: BucketAcl) -> Answer:
    """The document of an ACL.

    Args:
        word: OSS's for it.
    """
    if request.rules.lists_grants:
        node = policy_node(owner_id, grants_of(acl, owner_id))
        return answers.document(200, node, dialect=request.dialect)
    owner = account_node("Owner", owner_id)
    lists: Node = ("AccessControlList", [("Grant", word)])
    return answers.document(200, ("AccessControlPolicy", [owner, lists]))


def _no_bucket_acl(text: str) -> refusals.Refusal:
    return refusals.INVALID_ARGUMENT(
        "no such bucket access control exists",
        ArgumentName="x-oss-acl",
        ArgumentValue=text[:128],
    )
