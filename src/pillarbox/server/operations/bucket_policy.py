"""Policies of buckets: PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy (OSS pages)."""

from __future__ import annotations

from pillarbox.access.ram import DocumentKind, RamPolicy, RamPolicyError, read_ram_policy
from pillarbox.access.ram.document import MAX_DOCUMENT_SIZE
from pillarbox.model import refusals
from pillarbox.model.objects import Bucket
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.bucket_policies import BUCKET_POLICY
from pillarbox.server.digests import read_whole
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def put_bucket_policy(request: Request, service: Service) -> Answer:
    """Set a bucket's policy in place of the former; what is not understood is refused."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketPolicy")
    too_large = _invalid(f"the policy is longer than {MAX_DOCUMENT_SIZE} bytes")
    body = await read_whole(request, MAX_DOCUMENT_SIZE, too_large)
    try:
        text = body.decode("utf-8")
        _check_own(bucket, read_ram_policy(text, DocumentKind.BUCKET))
    except UnicodeDecodeError:
        raise _invalid("the policy is not UTF-8") from None
    except RamPolicyError as error:
        raise _invalid(str(error)) from None
    await service.store.set_bucket_config(bucket, BUCKET_POLICY, text)
    return answers.empty(200)


async def get_bucket_policy(request: Request, service: Service) -> Answer:
    """A bucket's policy, as it was put."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketPolicy")
    document = bucket.configs.get(BUCKET_POLICY)
    if document is None:
        raise refusals.NO_SUCH_BUCKET_POLICY(BucketName=bucket.name)
    return Answer(200, [("Content-Type", "application/json")], document.encode("utf-8"))


async def delete_bucket_policy(request: Request, service: Service) -> Answer:
    """Remove a bucket's policy; 204 also if there was none."""
    bucket = await service.permitted_bucket(request, "oss:DeleteBucketPolicy")
    await service.store.remove_bucket_config(bucket, BUCKET_POLICY)
    return answers.empty(204)


def _check_own(bucket: Bucket, policy: RamPolicy) -> None:
    """Raise RamPolicyError for a statement that can't speak of this bucket: a slip of the pen."""
    for number, statement in enumerate(policy.statements, 1):
        if not all(resource.may_name_bucket(bucket.name) for resource in statement.resources):
            raise RamPolicyError(
                f"statement {number}: its Resource names another bucket than {bucket.name}"
            )


def _invalid(flaw: str) -> refusals.Refusal:
    return refusals.INVALID_POLICY(f"Invalid Policy: {flaw}.", ec="")
