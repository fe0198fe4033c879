"""Uploads in parts as wholes: begin, abort, list (OSS: "Multipart upload")."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pillarbox.access.caller import Caller
from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model.acl import WriteRule, all_rules
from pillarbox.model.dialects import Dialect
from pillarbox.model.multipart import MultipartUpload, UploadListing
from pillarbox.model.object_checksum import ChosenChecksum, chosen_checksum
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import Refusal
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.checksum_words import chosen_checksum_headers, chosen_checksum_nodes
from pillarbox.server.query_values import bounded_text, key_encoding, page_size
from pillarbox.server.request import Request
from pillarbox.server.requested_object import (
    object_spec,
    refuse_other_conditions,
    requested_tags,
)
from pillarbox.server.service import Service
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node

#: Uploads that a page of a listing holds, at most and unless the client says.
MAX_UPLOADS = 1000


async def initiate_multipart_upload(request: Request, service: Service) -> Answer:
    """Begin an upload in parts; headers, ACL and tags are given now."""
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.new_key
    tags = partial(requested_tags, request)
    rule = await service.permitted(request, caller, "oss:PutObject", bucket, key, tags)
    keys = key_encoding(request)
    spec = object_spec(request, bucket, key, encrypted_at_rest=service.settings.encrypted_at_rest)
    extras = await service.permitted_extras(request, caller, bucket, spec)
    rule = all_rules(rule, extras)
    await service.refuse_overwriting(bucket, spec)
    owner_id = caller.account_id or bucket.owner_id
    checksum = _chosen_checksum(request)
    begin = service.store.multipart.begin
    upload_id = await begin(bucket, spec, owner_id, rule, checksum=checksum)
    nodes = [*named_nodes(bucket, key, keys), ("UploadId", upload_id)]
    root: Node = ("InitiateMultipartUploadResult", nodes)
    headers = chosen_checksum_headers(checksum, request.dialect)
    return answers.document(200, root, headers, request.dialect)


def _chosen_checksum(request: Request) -> ChosenChecksum | None:
    if not request.rules.has_checksums:
        return None
    return chosen_checksum(request.own("checksum-algorithm"), request.own("checksum-type"))


async def abort_multipart_upload(request: Request, service: Service) -> Answer:
    """Forget an upload and the parts that it has."""
    bucket, upload = await upload_of(request, service, "oss:AbortMultipartUpload")
    refuse_other_conditions(request)
    await service.store.multipart.abort(bucket, upload.spec.key, upload.id)
    return answers.empty(204)


async def list_multipart_uploads(request: Request, service: Service) -> Answer:
    """A page of the uploads that were neither completed nor aborted."""
    bucket = await service.permitted_bucket(request, "oss:ListMultipartUploads")
    keys = key_encoding(request)
    limit = page_size(request, "max-uploads", MAX_UPLOADS)
    prefix, delimiter = bounded_text(request, "prefix"), bounded_text(request, "delimiter")
    key_marker = bounded_text(request, "key-marker")
    # Without a key there is nothing that the id could stand behind (OSS: upload-id-marker).
    id_marker = (request.query.get("upload-id-marker") or "") if key_marker else ""
    page = await service.store.multipart.list(
        bucket,
        prefix=prefix,
        delimiter=delimiter,
        after=(key_marker, id_marker),
        max_uploads=limit,
    )
    nodes: list[Node] = [
        *keys.nodes(),
        ("Bucket", bucket.name),
        ("KeyMarker", keys.write(key_marker)),
        ("UploadIdMarker", id_marker),
        ("NextKeyMarker", keys.write(page.next_after[0] if page.next_after else b"")),
        ("NextUploadIdMarker", page.next_after[1] if page.next_after else ""),
        ("Delimiter", keys.write(delimiter)),
        ("Prefix", keys.write(prefix)),
        ("MaxUploads", str(limit)),
        ("IsTruncated", "true" if page.next_after else "false"),
        *_lines(page, keys, request.dialect),
    ]
    root: Node = ("ListMultipartUploadsResult", nodes)
    return answers.document(200, root, dialect=request.dialect)


def upload_id_of(request: Request) -> str:
    """The parameter uploadId; one that is none finds no upload."""
    return request.query.get("uploadId") or ""


async def upload_of(
    request: Request, service: Service, action: str
) -> tuple[Bucket, MultipartUpload]:
    """The addressed upload, for who may do `action` and for the account that began it (facts 6.2).

    An explicit Deny holds for that account too.

    Raises:
        Refusal: `AccessDenied`, `NoSuchBucket`, `NoSuchUpload`.
    """
    caller = await service.caller(request)
    bucket = await service.bucket(request)
    key = request.key
    inquiry = service.inquiry(request, caller, action, bucket, key)
    if inquiry.looks_at_existing_tags:
        standing = await service.store.object(bucket, key)
        inquiry = inquiry.seeing(lambda: {} if standing is None else standing.tags)
    is_granted = inquiry.is_settled()
    if not is_granted and not caller.requester.is_account:
        inquiry.check()
    upload = await service.store.multipart.find(bucket, key, upload_id_of(request))
    if not is_granted and caller.account_id != upload.owner_id:
        inquiry.check()
    return bucket, upload


async def part_rule(
    request: Request, service: Service, caller: Caller, bucket: Bucket
) -> WriteRule | None:
    """Ask whether the caller may add to the addressed upload, or complete it.

    The tags that the upload was begun with count as given by each of its requests: else who may put
    only what is tagged so could begin it, and no more.

    Returns:
        As `Service.permitted`.

    Raises:
        Refusal: `AccessDenied`; `NoSuchUpload` where a policy asks for the upload's tags.
    """
    key = request.key
    inquiry = service.inquiry(request, caller, "oss:PutObject", bucket, key)
    if inquiry.looks_at_request_tags:
        tags = await _tags_of_upload(service, bucket, key, upload_id_of(request))
        inquiry = inquiry.giving(lambda: tags)
    return await service.rule_of(inquiry, bucket, key)


async def _tags_of_upload(
    service: Service, bucket: Bucket, key: bytes, upload_id: str
) -> Mapping[str, str]:
    """The tags that an upload was begun with, or of the object that it became."""
    try:
        return (await service.store.multipart.find(bucket, key, upload_id)).spec.tags
    except Refusal:
        stored = await service.store.object(bucket, key)
        if stored is None or not upload_id or stored.upload_id != upload_id:
            raise
        return stored.tags


def owner_nodes(owner_id: str, dialect: Dialect) -> list[Node]:
    """Who began an upload and whose its object will be, where the dialect tells that."""
    if not dialect.rules.tells_uploader:
        return []
    return [account_node("Initiator", owner_id), account_node("Owner", owner_id)]


def _lines(page: UploadListing, keys: KeyEncoding, dialect: Dialect) -> list[Node]:
    nodes: list[Node] = [
        (
            "Upload",
            [
                ("Key", keys.write(one.key)),
                ("UploadId", one.id),
                ("StorageClass", storage_class_name(one.storage_class, dialect)),
                ("Initiated", xml_date(one.created_ms)),
                *owner_nodes(one.owner_id, dialect),
                *chosen_checksum_nodes(one.checksum, dialect),
            ],
        )
        for one in page.uploads
    ]
    nodes.extend(("CommonPrefixes", [("Prefix", keys.write(one))]) for one in page.common_prefixes)
    return nodes


def named_nodes(bucket: Bucket, key: bytes, keys: KeyEncoding) -> list[Node]:
    """Which object an answer is about."""
    return [
        *keys.nodes(),
        ("Bucket", bucket.name),
        ("Key", keys.write(key)),
    ]
