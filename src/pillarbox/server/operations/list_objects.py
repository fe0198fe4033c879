"""ListObjects and ListObjectsV2 (OSS: "GetBucket", "ListObjectsV2")."""

from __future__ import annotations

import base64
import binascii

from pillarbox.model import refusals
from pillarbox.model.objects import Bucket, ListedObject, Listing
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.query_values import bounded_number, bounded_text, key_encoding
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node

MAX_KEYS = 1000
DEFAULT_KEYS = 100


async def list_objects_v2(request: Request, service: Service) -> Answer:
    """A page of keys, continued by an opaque token."""
    bucket = await _listable(request, service)
    keys = key_encoding(request)
    # oss2 sends the parameter empty with the first page.
    token = request.query.get("continuation-token") or None
    start_after = bounded_text(request, "start-after")
    limit = bounded_number(request, "max-keys", MAX_KEYS, least=0, usual=DEFAULT_KEYS)
    page = await _page(
        request, service, bucket, start_after if token is None else _position(token), limit
    )
    with_owner = request.query.get("fetch-owner") == "true"
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", keys.write(request.query.raw("prefix"))),
        ("MaxKeys", str(limit)),
        *_delimiter(request, keys),
    ]
    if "start-after" in request.query:
        nodes.append(("StartAfter", keys.write(start_after)))
    if token is not None:
        nodes.append(("ContinuationToken", keys.write(token.encode("utf-8"))))
    nodes.append(("IsTruncated", "true" if page.next_after is not None else "false"))
    if page.next_after is not None:
        nodes.append(("NextContinuationToken", keys.write(_token(page.next_after))))
    nodes.extend(_contents(page, keys, with_owner=with_owner))
    nodes.append(("KeyCount", str(len(page.objects) + len(page.common_prefixes))))
    return answers.document(200, ("ListBucketResult", nodes))


async def list_objects(request: Request, service: Service) -> Answer:
    """A page of keys, continued by the last key."""
    bucket = await _listable(request, service)
    keys = key_encoding(request)
    marker = bounded_text(request, "marker")
    limit = bounded_number(request, "max-keys", MAX_KEYS, least=0, usual=DEFAULT_KEYS)
    page = await _page(request, service, bucket, marker, limit)
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", keys.write(request.query.raw("prefix"))),
        ("Marker", keys.write(marker)),
        ("MaxKeys", str(limit)),
        *_delimiter(request, keys),
        ("IsTruncated", "true" if page.next_after is not None else "false"),
    ]
    if page.next_after is not None:
        nodes.append(("NextMarker", keys.write(page.next_after)))
    nodes.extend(_contents(page, keys, with_owner=True))
    return answers.document(200, ("ListBucketResult", nodes))


async def _listable(request: Request, service: Service) -> Bucket:
    return await service.permitted_bucket(request, "oss:ListObjects")


async def _page(
    request: Request, service: Service, bucket: Bucket, after: bytes, limit: int
) -> Listing:
    if limit == 0:
        return Listing((), (), None)
    return await service.store.list_objects(
        bucket,
        prefix=bounded_text(request, "prefix"),
        delimiter=bounded_text(request, "delimiter"),
        start_after=after,
        max_keys=limit,
    )


def _contents(page: Listing, keys: KeyEncoding, *, with_owner: bool) -> list[Node]:
    nodes: list[Node] = [("Contents", _line(o, keys, with_owner)) for o in page.objects]
    nodes.extend(("CommonPrefixes", [("Prefix", keys.write(p))]) for p in page.common_prefixes)
    return nodes


def _line(listed: ListedObject, keys: KeyEncoding, with_owner: bool) -> list[Node]:
    line: list[Node] = [
        ("Key", keys.write(listed.key)),
        ("LastModified", xml_date(listed.modified_ms)),
        ("ETag", f'"{listed.etag}"'),
        ("Type", listed.object_type),
        ("Size", str(listed.size)),
        ("StorageClass", listed.storage_class),
    ]
    if with_owner:
        line.append(("Owner", [("ID", listed.owner_id), ("DisplayName", listed.owner_id)]))
    return line


def _delimiter(request: Request, keys: KeyEncoding) -> list[Node]:
    return [("Delimiter", keys.write(request.query.raw("delimiter"))), *keys.nodes()]


def _token(after: bytes) -> bytes:
    return base64.urlsafe_b64encode(after)


def _position(token: str) -> bytes:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refusals.INVALID_ARGUMENT(
            "The continuation token is not one of this server's.",
            ArgumentName="continuation-token",
            ArgumentValue=token[:128],
        ) from None
