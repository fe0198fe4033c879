"""ListBuckets (OSS and S3 pages of this name)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.limits import MAX_LISTED_BUCKETS
from pillarbox.model.objects import Bucket
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.buckets import bucket_summary
from pillarbox.server.query_values import bounded_number
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.tree import Node

#: OSS: max-keys where the client doesn't say.
_DEFAULT_BUCKETS = 100

#: S3: max-buckets, at most and where the client doesn't say.
_MAX_BUCKETS_OF_S3 = 10_000

#: Parameters that choose among buckets and aren't served. Dropped, they would show buckets that the
#: caller did not ask for, to a program that may go on and remove them.
_OTHER_FILTERS = ("tag-key", "tag-value", "region")
_GROUP = "x-oss-resource-group-id"


async def list_buckets(request: Request, service: Service) -> Answer:
    """The caller's own buckets, by name."""
    _, account_id = await service.permitted_account(request, "oss:ListBuckets")
    owner = account_node("Owner", account_id)
    if request.dialect is S3:
        return await _s3_listing(request, service, account_id, owner)
    marker = request.query.get("marker") or ""
    limit = bounded_number(request, "max-keys", MAX_LISTED_BUCKETS, usual=_DEFAULT_BUCKETS)
    _refuse_other_filters(request)
    page, truncated = await _page(request, service, account_id, marker, limit)
    paging: list[Node] = []
    if truncated or not {"prefix", "marker", "max-keys"}.isdisjoint(request.query.first):
        paging = [
            ("Prefix", request.query.get("prefix") or ""),
            ("Marker", marker),
            ("MaxKeys", str(limit)),
            ("IsTruncated", "true" if truncated else "false"),
        ]
        if truncated:
            paging.append(("NextMarker", page[-1].name))
    lines: Node = ("Buckets", [("Bucket", bucket_summary(request, bucket)) for bucket in page])
    return answers.document(200, ("ListAllMyBucketsResult", [*paging, owner, lines]))


async def _s3_listing(request: Request, service: Service, account_id: str, owner: Node) -> Answer:
    """The listing of S3, continued by a token, which is the last name here."""
    token = request.query.get("continuation-token") or ""
    limit = bounded_number(request, "max-buckets", _MAX_BUCKETS_OF_S3)
    if request.query.get("bucket-region"):
        raise refusals.NOT_IMPLEMENTED(
            "The parameter bucket-region of ListBuckets is not implemented.",
            ArgumentName="bucket-region",
        )
    page, truncated = await _page(request, service, account_id, token, limit)
    lines: list[Node] = [("Bucket", _line(bucket)) for bucket in page]
    nodes: list[Node] = [owner, ("Buckets", lines)]
    if truncated:
        nodes.append(("ContinuationToken", page[-1].name))
    if prefix := request.query.get("prefix"):
        nodes.append(("Prefix", prefix))
    return answers.document(200, ("ListAllMyBucketsResult", nodes), dialect=S3)


def _line(bucket: Bucket) -> list[Node]:
    return [
        ("Name", bucket.name),
        ("CreationDate", xml_date(bucket.created_ms)),
        ("BucketRegion", bucket.region),
    ]


async def _page(
    request: Request, service: Service, account_id: str, after: str, limit: int
) -> tuple[tuple[Bucket, ...], bool]:
    """Buckets behind `after`, and whether there are more."""
    buckets = await service.store.list_buckets(
        account_id,
        prefix=request.query.get("prefix") or "",
        start_after=after,
        limit=limit + 1,
    )
    return buckets[:limit], len(buckets) > limit


def _refuse_other_filters(request: Request) -> None:
    for name in _OTHER_FILTERS:
        if request.query.get(name):
            raise refusals.NOT_IMPLEMENTED(
                f"The parameter {name} of ListBuckets is not implemented.", ArgumentName=name
            )
    if request.headers.get(_GROUP):
        raise refusals.NOT_IMPLEMENTED(Header=_GROUP)
