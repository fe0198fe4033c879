"""Tags of buckets: PutBucketTags, GetBucketTags, DeleteBucketTags (OSS pages)."""

from __future__ import annotations

from functools import partial

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.bucket_tags import (
    TAGGING,
    check_bucket_tags,
    read_tags_document,
    tags_document,
    without_tags,
)
from pillarbox.model.dialects import S3
from pillarbox.model.limits import KIB
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml import tagging

#: Twenty tags of the greatest length have 6 KB with all their names.
MAX_DOCUMENT = 32 * KIB


async def put_bucket_tags(request: Request, service: Service) -> Answer:
    """Set a bucket's tags in place of all former ones."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketTagging")
    root = await read_xml_body(request, tagging.TAGGING, MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    tags = check_bucket_tags(tagging.read_tags(root))
    await service.store.set_bucket_config(bucket, TAGGING, tags_document(tags))
    return answers.empty(204 if request.dialect is S3 else 200)


async def get_bucket_tags(request: Request, service: Service) -> Answer:
    """A bucket's tags."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketTagging")
    tags = read_tags_document(bucket.configs.get(TAGGING))
    if not tags and request.rules.misses_empty_tag_set:
        raise s3_refusals.NO_SUCH_TAG_SET(BucketName=bucket.name)
    return answers.document(200, tagging.tagging_node(tags), dialect=request.dialect)


async def delete_bucket_tags(request: Request, service: Service) -> Answer:
    """Remove a bucket's tags, or those that `?tagging=KEY,KEY` names; 204 also without any."""
    bucket = await service.permitted_bucket(request, "oss:DeleteBucketTagging")
    named = request.query.get("tagging")
    if named:
        edit = partial(without_tags, keys=frozenset(named.split(",")))
        await service.store.edit_bucket_config(bucket, TAGGING, edit)
    else:
        await service.store.remove_bucket_config(bucket, TAGGING)
    return answers.empty(204)
