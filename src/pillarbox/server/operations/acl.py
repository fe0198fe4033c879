"""ACLs of buckets and objects (OSS: "PutBucketAcl", "GetBucketAcl", "PutObjectACL", …)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl
from pillarbox.model.object_headers import read_object_acl
from pillarbox.model.objects import Bucket
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.tree import Node


def read_bucket_acl(text: str | None) -> BucketAcl | None:
    """The ACL that the header `x-oss-acl` names, None if there is none."""
    if text is None:
        return None
    try:
        return BucketAcl(text)
    except ValueError:
        raise refusals.INVALID_ARGUMENT(
            "no such bucket access control exists",
            ArgumentName="x-oss-acl",
            ArgumentValue=text[:128],
        ) from None


async def get_bucket_acl(request: Request, service: Service) -> Answer:
    """Owner and ACL of a bucket."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketAcl")
    return answers.document(200, _policy(bucket, bucket.acl.value))


async def put_bucket_acl(request: Request, service: Service) -> Answer:
    """Change a bucket's ACL by the header `x-oss-acl`."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketAcl")
    acl = read_bucket_acl(request.headers.get("x-oss-acl"))
    if acl is None:
        raise refusals.INVALID_ARGUMENT(
            "no such bucket access control exists", ArgumentName="x-oss-acl", ArgumentValue=""
        )
    await service.store.set_bucket_acl(bucket, acl)
    return answers.empty(200)


async def get_object_acl(request: Request, service: Service) -> Answer:
    """Owner and ACL of an object; `default` where it inherits."""
    bucket = await service.permitted_bucket(request, "oss:GetObjectAcl")
    key = request.key
    stored = await service.store.object(bucket, key)
    if stored is None:
        raise refusals.NO_SUCH_KEY(Key=key.decode("utf-8"))
    return answers.document(200, _policy(bucket, stored.acl.value))


async def put_object_acl(request: Request, service: Service) -> Answer:
    """Change an object's ACL by the header `x-oss-object-acl`."""
    bucket = await service.permitted_bucket(request, "oss:PutObjectAcl")
    key = request.key
    text = request.headers.get("x-oss-object-acl")
    if not text:
        raise refusals.INVALID_ARGUMENT(
            "no such object access control exists",
            ArgumentName="x-oss-object-acl",
            ArgumentValue="",
        )
    await service.store.set_object_acl(bucket, key, read_object_acl(text))
    return answers.empty(200)


def _policy(bucket: Bucket, grant: str) -> Node:
    return (
        "AccessControlPolicy",
        [
            ("Owner", [("ID", bucket.owner_id), ("DisplayName", bucket.owner_id)]),
            ("AccessControlList", [("Grant", grant)]),
        ],
    )
