"""Buckets: ListBuckets, PutBucket, GetBucketInfo, GetBucketLocation, DeleteBucket (OSS pages)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl
from pillarbox.model.limits import KIB, MAX_LISTED_BUCKETS
from pillarbox.model.object_headers import read_storage_class
from pillarbox.model.objects import Bucket
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.acl import read_bucket_acl
from pillarbox.server.query_values import bounded_number
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.tree import Node, local_name, text_of

_MAX_CONFIGURATION = 16 * KIB

#: "ListBuckets", max-keys where the client doesn't say.
_DEFAULT_BUCKETS = 100

#: Parameters of "ListBuckets" that choose among buckets and aren't served. Dropped, they would
#: show buckets that the caller did not ask for, to a program that may go on and remove them.
_OTHER_FILTERS = ("tag-key", "tag-value", "region")
_GROUP = "x-oss-resource-group-id"


async def list_buckets(request: Request, service: Service) -> Answer:
    """The caller's own buckets, by name."""
    _, account_id = await service.permitted_account(request, "oss:ListBuckets")
    prefix = request.query.get("prefix") or ""
    marker = request.query.get("marker") or ""
    limit = bounded_number(request, "max-keys", MAX_LISTED_BUCKETS, usual=_DEFAULT_BUCKETS)
    _refuse_other_filters(request)
    buckets = await service.store.list_buckets(
        account_id, prefix=prefix, start_after=marker, limit=limit + 1
    )
    page = buckets[:limit]
    truncated = len(buckets) > limit
    paging: list[Node] = []
    if truncated or not {"prefix", "marker", "max-keys"}.isdisjoint(request.query.first):
        paging = [
            ("Prefix", prefix),
            ("Marker", marker),
            ("MaxKeys", str(limit)),
            ("IsTruncated", "true" if truncated else "false"),
        ]
        if truncated:
            paging.append(("NextMarker", page[-1].name))
    owner: Node = ("Owner", [("ID", account_id), ("DisplayName", account_id)])
    lines: Node = ("Buckets", [("Bucket", _summary(request, bucket)) for bucket in page])
    return answers.document(200, ("ListAllMyBucketsResult", [*paging, owner, lines]))


async def put_bucket(request: Request, service: Service) -> Answer:
    """Make a bucket; by its owner again, change its ACL if the header is given."""
    name = request.bucket_name
    caller, account_id = await service.permitted_account(request, "oss:PutBucket", name)
    acl = read_bucket_acl(request.headers.get("x-oss-acl"))
    storage_class = await _requested_storage_class(request, service)
    existing = await service.store.bucket(name)
    if existing is None:
        if acl not in (None, BucketAcl.PRIVATE):
            service.check_account(request, caller, "oss:PutBucketAcl", name)
        await service.store.create_bucket(
            name,
            account_id,
            acl or BucketAcl.PRIVATE,
            service.settings.bucket_region,
            storage_class=storage_class or "Standard",
        )
    elif existing.owner_id != account_id:
        raise refusals.BUCKET_ALREADY_EXISTS(BucketName=name)
    elif storage_class not in (None, existing.storage_class):
        raise refusals.BUCKET_ALREADY_EXISTS(
            "Cannot modify existing bucket's storage class.", BucketName=name
        )
    elif acl is not None and acl is not existing.acl:
        service.inquiry(request, caller, "oss:PutBucketAcl", existing).check()
        await service.store.set_bucket_acl(existing, acl)
    return answers.empty(200, [("Location", f"/{name}")])


async def get_bucket_info(request: Request, service: Service) -> Answer:
    """What is known about a bucket."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketInfo")
    items: list[Node] = [
        *_summary(request, bucket),
        ("TransferAcceleration", "Disabled"),
        ("CrossRegionReplication", "Disabled"),
        ("Owner", [("ID", bucket.owner_id), ("DisplayName", bucket.owner_id)]),
        ("AccessControlList", [("Grant", bucket.acl.value)]),
        ("DataRedundancyType", "LRS"),
        ("AccessMonitor", "Disabled"),
        ("BlockPublicAccess", "false"),
        ("Comment", ""),
        ("ServerSideEncryptionRule", [("SSEAlgorithm", "None")]),
        ("BucketPolicy", [("LogBucket", ""), ("LogPrefix", "")]),
    ]
    return answers.document(200, ("BucketInfo", [("Bucket", items)]))


async def get_bucket_location(request: Request, service: Service) -> Answer:
    """Which region a bucket is in."""
    bucket = await service.permitted_bucket(request, "oss:GetBucketLocation")
    return answers.document(200, ("LocationConstraint", f"oss-{bucket.region}"))


async def delete_bucket(request: Request, service: Service) -> Answer:
    """Remove an empty bucket."""
    await service.store.delete_bucket(await service.permitted_bucket(request, "oss:DeleteBucket"))
    return answers.empty(204)


def _summary(request: Request, bucket: Bucket) -> list[Node]:
    return [
        ("CreationDate", xml_date(bucket.created_ms)),
        ("ExtranetEndpoint", request.host),
        ("IntranetEndpoint", request.host),
        ("Location", f"oss-{bucket.region}"),
        ("Name", bucket.name),
        ("Region", bucket.region),
        ("StorageClass", bucket.storage_class),
    ]


def _refuse_other_filters(request: Request) -> None:
    for name in _OTHER_FILTERS:
        if request.query.get(name):
            raise refusals.NOT_IMPLEMENTED(
                f"The parameter {name} of ListBuckets is not implemented.", ArgumentName=name
            )
    if request.headers.get(_GROUP):
        raise refusals.NOT_IMPLEMENTED(Header=_GROUP)


async def _requested_storage_class(request: Request, service: Service) -> str | None:
    """The storage class in the body `CreateBucketConfiguration`, None if there is none.

    What the document asks for and this server can't give is refused, not dropped.
    """
    root = await read_xml_body(request, "CreateBucketConfiguration", _MAX_CONFIGURATION)
    if root is None:
        return None
    storage_class: str | None = None
    for child in root:
        text = text_of(child)
        match local_name(child):
            case "StorageClass":
                storage_class = read_storage_class(text, "Standard")
            case "DataRedundancyType" if text in ("", "LRS"):
                pass
            case "LocationConstraint" if text in ("", f"oss-{service.settings.bucket_region}"):
                pass
            case name:
                raise refusals.INVALID_ARGUMENT(
                    "Invalid Argument. Parameter is invalid.",
                    ArgumentName=name[:128],
                    ArgumentValue=text[:128],
                )
    return storage_class
