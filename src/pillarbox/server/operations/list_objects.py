"""ListObjects and ListObjectsV2 (OSS: "GetBucket", "ListObjectsV2")."""

from __future__ import annotations

import base64
import binascii

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.model.objects import Bucket, ListedObject, Listing
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.key_encoding import Encode, key_encoding
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.tree import Node

MAX_KEYS = 1000
DEFAULT_KEYS = 100


async def list_objects_v2(request: Request, service: Service) -> Answer:
    """A page of keys, continued by an opaque token."""
    bucket = await _listable(request, service)
    encode = _encoding(request)
    # oss2 sends the parameter empty with the first page.
    token = request.query.get("continuation-token") or None
    start_after = _bounded(request, "start-after")
    limit = _max_keys(request)
    page = await _page(
        request, service, bucket, start_after if token is None else _position(token), limit
    )
    with_owner = request.query.get("fetch-owner") == "true"
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", encode(request.query.raw("prefix"))),
        ("MaxKeys", str(limit)),
        *_delimiter(request, encode),
    ]
    if "start-after" in request.query:
        nodes.append(("StartAfter", encode(start_after)))
    if token is not None:
        nodes.append(("ContinuationToken", encode(token.encode("utf-8"))))
    nodes.append(("IsTruncated", "true" if page.next_after is not None else "false"))
    if page.next_after is not None:
        nodes.append(("NextContinuationToken", encode(_token(page.next_after))))
    nodes.extend(_contents(page, encode, with_owner=with_owner))
    nodes.append(("KeyCount", str(len(page.objects) + len(page.common_prefixes))))
    return answers.document(200, ("ListBucketResult", nodes))


async def list_objects(request: Request, service: Service) -> Answer:
    """A page of keys, continued by the last key."""
    bucket = await _listable(request, service)
    encode = _encoding(request)
    marker = _bounded(request, "marker")
    limit = _max_keys(request)
    page = await _page(request, service, bucket, marker, limit)
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", encode(request.query.raw("prefix"))),
        ("Marker", encode(marker)),
        ("MaxKeys", str(limit)),
        *_delimiter(request, encode),
        ("IsTruncated", "true" if page.next_after is not None else "false"),
    ]
    if page.next_after is not None:
        nodes.append(("NextMarker", encode(page.next_after)))
    nodes.extend(_contents(page, encode, with_owner=True))
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
        prefix=_bounded(request, "prefix"),
        delimiter=_bounded(request, "delimiter"),
        start_after=after,
        max_keys=limit,
    )


def _contents(page: Listing, encode: Encode, *, with_owner: bool) -> list[Node]:
    nodes: list[Node] = [("Contents", _line(o, encode, with_owner)) for o in page.objects]
    nodes.extend(("CommonPrefixes", [("Prefix", encode(p))]) for p in page.common_prefixes)
    return nodes


def _line(listed: ListedObject, encode: Encode, with_owner: bool) -> list[Node]:
    line: list[Node] = [
        ("Key", encode(listed.key)),
        ("LastModified", xml_date(listed.modified_ms)),
        ("ETag", f'"{listed.etag}"'),
        ("Type", listed.object_type),
        ("Size", str(listed.size)),
        ("StorageClass", listed.storage_class),
    ]
    if with_owner:
        line.append(("Owner", [("ID", listed.owner_id), ("DisplayName", listed.owner_id)]))
    return line


def _delimiter(request: Request, encode: Encode) -> list[Node]:
    nodes: list[Node] = [("Delimiter", encode(request.query.raw("delimiter")))]
    if request.query.get("encoding-type"):
        nodes.append(("EncodingType", "url"))
    return nodes


def _encoding(request: Request) -> Encode:
    """How keys are written: as they are, or percent-encoded with `encoding-type=url`."""
    return key_encoding(request) or (lambda text: text.decode("utf-8", "replace"))


def _bounded(request: Request, name: str) -> bytes:
    value = request.query.raw(name)
    if len(value) > MAX_KEY_SIZE:
        raise refusals.INVALID_ARGUMENT(
            f"The length of {name} must be less than 1024.", ArgumentName=name
        )
    return value


def _max_keys(request: Request) -> int:
    text = request.query.get("max-keys")
    if not text:
        return DEFAULT_KEYS
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= MAX_KEYS and len(text) < 7):
        raise refusals.INVALID_ARGUMENT(ArgumentName="max-keys", ArgumentValue=text[:128])
    return int(text)


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
