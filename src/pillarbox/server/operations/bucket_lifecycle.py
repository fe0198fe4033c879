"""Lifecycle rules of buckets: PutBucketLifecycle, GetBucketLifecycle, DeleteBucketLifecycle.

OSS and S3: pages of these names, S3's with `Configuration` behind them.
"""

from __future__ import annotations

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.configuration_refusals import NO_LIFECYCLE
from pillarbox.model.dialects import S3
from pillarbox.model.lifecycle import LIFECYCLE, Lifecycle
from pillarbox.model.lifecycle_check import check_lifecycle, check_overlaps, with_ids
from pillarbox.model.lifecycle_document import kept_lifecycle, lifecycle_document
from pillarbox.model.limits import MIB
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.lifecycle import lifecycle_node, read_lifecycle
from pillarbox.wire_xml.lifecycle_values import LIFECYCLE_CONFIGURATION
from pillarbox.wire_xml.s3_lifecycle import read_s3_lifecycle, s3_lifecycle_node

#: A thousand rules of the longest prefixes and names have about that.
_MAX_DOCUMENT = 2 * MIB

_OVERLAP = "allow-same-action-overlap"
_LEAST_SIZE = "transition-default-minimum-object-size"


async def put_bucket_lifecycle(request: Request, service: Service) -> Answer:
    """Set a bucket's lifecycle rules in place of all former ones."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketLifecycle")
    lifecycle = with_ids(await _read(request))
    check_lifecycle(lifecycle, request.dialect)
    if request.dialect is not S3 and not _may_overlap(request):
        check_overlaps(lifecycle)
    await service.store.set_bucket_config(bucket, LIFECYCLE, lifecycle_document(lifecycle))
    return answers.empty(200)


async def get_bucket_lifecycle(request: Request, service: Service) -> Answer:
    """A bucket's lifecycle rules."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketLifecycle")
    document = bucket.configs.get(LIFECYCLE)
    if document is None:
        if request.dialect is S3:
            raise s3_refusals.NO_SUCH_LIFECYCLE_CONFIGURATION()
        raise NO_LIFECYCLE()
    write = s3_lifecycle_node if request.dialect is S3 else lifecycle_node
    return answers.document(200, write(kept_lifecycle(document)), dialect=request.dialect)


async def delete_bucket_lifecycle(request: Request, service: Service) -> Answer:
    """Remove all lifecycle rules; 204 also if there were none."""
    await service.store.remove_bucket_config(
        await service.permitted_bucket(request, "oss:DeleteBucketLifecycle"), LIFECYCLE
    )
    return answers.empty(204)


async def _read(request: Request) -> Lifecycle:
    if request.dialect is S3 and request.own(_LEAST_SIZE) is not None:
        raise refusals.NOT_IMPLEMENTED(Header=request.dialect.field(_LEAST_SIZE))
    root = await read_xml_body(request, LIFECYCLE_CONFIGURATION, _MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    return read_s3_lifecycle(root) if request.dialect is S3 else read_lifecycle(root)


def _may_overlap(request: Request) -> bool:
    """Whether several rules may do the same to one object.

    Raises:
        Refusal: `InvalidArgument` for what is neither true nor false.
    """
    text = (request.own(_OVERLAP) or "false").lower()
    if text not in ("true", "false"):
        raise refusals.INVALID_ARGUMENT(
            ArgumentName=request.dialect.field(_OVERLAP), ArgumentValue=text[:128]
        )
    return text == "true"
