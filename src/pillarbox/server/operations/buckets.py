"""Buckets: PutBucket, GetBucketInfo, GetBucketLocation, DeleteBucket (OSS pages), HeadBucket.

S3: "CreateBucket", "HeadBucket", "GetBucketLocation", "DeleteBucket".
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.acl import BucketAcl
from pillarbox.model.bucket_forms import FORMS, FORMS_OF_S3
from pillarbox.model.dialects import OSS, S3
from pillarbox.model.limits import KIB
from pillarbox.model.object_headers import read_storage_class
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.acl import requested_bucket_acl
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.tree import Node, local_name, text_of

_MAX_CONFIGURATION = 16 * KIB

#: Headers of S3, without the prefix, and the one thing that a bucket here can be: an object is its
#: writer's, and its ACL counts, as with BucketOwnerEnforced it wouldn't (S3: "CreateBucket").
_CONSTANTS = {
    "bucket-object-lock-enabled": "false",
    "bucket-namespace": "global",
    "object-ownership": "ObjectWriter",
}
_REGION = re.compile(r"[a-z0-9-]{1,32}")


async def put_bucket(request: Request, service: Service) -> Answer:
    """Make a bucket; by its owner again, change its ACL if the header is given. S3 refuses that."""
    name = request.bucket_name
    caller, account_id = await service.permitted_account(request, "oss:PutBucket", name)
    acl = requested_bucket_acl(request, account_id)
    wanted = await _requested_configuration(request, service)
    storage_class = wanted.storage_class
    existing = await service.store.bucket(name)
    if existing is None:
        if acl not in (None, BucketAcl.PRIVATE):
            service.check_account(request, caller, "oss:PutBucketAcl", name)
        await service.store.create_bucket(
            name,
            account_id,
            acl or BucketAcl.PRIVATE,
            wanted.region,
            storage_class=storage_class or "Standard",
            configs={FORMS: FORMS_OF_S3} if request.rules.covers_forms else None,
        )
    elif existing.owner_id != account_id:
        raise refusals.BUCKET_ALREADY_EXISTS(BucketName=name)
    elif request.rules.refuses_own_bucket_again:
        raise s3_refusals.BUCKET_ALREADY_OWNED_BY_YOU(BucketName=name)
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
        *bucket_summary(request, bucket),
        ("TransferAcceleration", "Disabled"),
        ("CrossRegionReplication", "Disabled"),
        account_node("Owner", bucket.owner_id),
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
    rules = request.rules
    # The usual region of S3 goes unnamed (S3: "GetBucketLocation").
    is_usual = bucket.region == rules.default_region
    location = "" if is_usual else f"{rules.location_prefix}{bucket.region}"
    return answers.document(200, ("LocationConstraint", location), dialect=request.dialect)


async def head_bucket(request: Request, service: Service) -> Answer:
    """Whether a bucket is there, for whom it may be listed by."""
    bucket = await service.permitted_bucket(request, "oss:ListObjects")
    headers = [(S3.field("bucket-region"), bucket.region)] if request.dialect is S3 else []
    return answers.empty(200, headers)


async def delete_bucket(request: Request, service: Service) -> Answer:
    """Remove an empty bucket."""
    bucket = await service.permitted_bucket(request, "oss:DeleteBucket")
    if request.rules.removes_uploads_with_bucket:
        await _remove_uploads(service, bucket)
    await service.store.delete_bucket(bucket)
    return answers.empty(204)


async def _remove_uploads(service: Service, bucket: Bucket) -> None:
    """Abort the unfinished uploads of a bucket that has no object, which alone would keep it."""
    if (await service.store.versions.list(bucket, max_keys=1)).versions:
        return
    uploads = service.store.multipart
    while (page := await uploads.list(bucket)).uploads:
        for one in page.uploads:
            with suppress(Refusal):  # it ended by itself
                await uploads.abort(bucket, one.key, one.id)


def bucket_summary(request: Request, bucket: Bucket) -> list[Node]:
    """What OSS tells of a bucket wherever it names it."""
    return [
        ("CreationDate", xml_date(bucket.created_ms)),
        ("ExtranetEndpoint", request.host),
        ("IntranetEndpoint", request.host),
        ("Location", f"oss-{bucket.region}"),
        ("Name", bucket.name),
        ("Region", bucket.region),
        ("StorageClass", bucket.storage_class),
    ]


@dataclass(frozen=True, slots=True)
class _Configuration:
    """What a new bucket shall be.

    Attributes:
        storage_class: None where nothing was said.
    """

    region: str
    storage_class: str | None = None


async def _requested_configuration(request: Request, service: Service) -> _Configuration:
    """What the body `CreateBucketConfiguration` says, if there is one.

    What the document asks for and this server can't give is refused, not dropped.
    """
    for header, kept in _CONSTANTS.items():
        value = request.own(header)
        if request.dialect is S3 and value is not None and value.lower() != kept.lower():
            raise refusals.NOT_IMPLEMENTED(Header=S3.field(header))
    region, storage_class = _usual_region(request, service), None
    root = await read_xml_body(request, "CreateBucketConfiguration", _MAX_CONFIGURATION)
    for child in () if root is None else root:
        text = text_of(child)
        match local_name(child):
            case "LocationConstraint" if request.dialect is S3 and text:
                region = _chosen_region(text, service)
            case "StorageClass" if request.dialect is OSS:
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
    return _Configuration(region, storage_class)


def _usual_region(request: Request, service: Service) -> str:
    if service.settings.region is None and request.rules.default_region is not None:
        return request.rules.default_region
    return service.settings.bucket_region


def _chosen_region(text: str, service: Service) -> str:
    """The region that a client of S3 names: any, unless the operator named the only one."""
    region = "eu-west-1" if text == "EU" else text
    if service.settings.region not in (None, region) or not _REGION.fullmatch(region):
        raise s3_refusals.ILLEGAL_LOCATION(LocationConstraint=text[:128])
    return region
