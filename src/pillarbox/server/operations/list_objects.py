"""ListObjects, ListObjectsV2 (OSS: "GetBucket"; S3: pages of these names)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, S3
from pillarbox.model.objects import Bucket, ListedObject, Listing
from pillarbox.model.timestamps import xml_date
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.query_values import bounded_text, key_encoding, page_size
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.account import account_node
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
    limit = page_size(request, "max-keys", MAX_KEYS, usual=DEFAULT_KEYS)
    page = await _page(
        request, service, bucket, start_after if token is None else _position(token), limit
    )
    with_owner = request.query.get("fetch-owner") == "true"
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", keys.write(request.query.raw("prefix"))),
        ("MaxKeys", str(limit)),
        *delimiter_nodes(request, keys),
    ]
    if "start-after" in request.query:
        nodes.append(("StartAfter", keys.write(start_after)))
    if token is not None:
        nodes.append(("ContinuationToken", _written(request, keys, token.encode("utf-8"))))
    nodes.append(("IsTruncated", "true" if page.next_after is not None else "false"))
    if page.next_after is not None:
        token_node = _written(request, keys, _token(page.next_after))
        nodes.append(("NextContinuationToken", token_node))
    nodes.extend(_contents(request, page, keys, with_owner=with_owner))
    nodes.append(("KeyCount", str(len(page.objects) + len(page.common_prefixes))))
    return answers.document(200, ("ListBucketResult", nodes), dialect=request.dialect)


async def list_objects(request: Request, service: Service) -> Answer:
    """A page of keys, continued by the last key."""
    bucket = await _listable(request, service)
    keys = key_encoding(request)
    marker = bounded_text(request, "marker")
    limit = page_size(request, "max-keys", MAX_KEYS, usual=DEFAULT_KEYS)
    page = await _page(request, service, bucket, marker, limit)
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", keys.write(request.query.raw("prefix"))),
        ("Marker", keys.write(marker)),
        ("MaxKeys", str(limit)),
        *delimiter_nodes(request, keys),
        ("IsTruncated", "true" if page.next_after is not None else "false"),
    ]
    if page.next_after is not None:
        nodes.append(("NextMarker", keys.write(page.next_after)))
    nodes.extend(_contents(request, page, keys, with_owner=True))
    return answers.document(200, ("ListBucketResult", nodes), dialect=request.dialect)


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


def _contents(
    request: Request, page: Listing, keys: KeyEncoding, *, with_owner: bool
) -> list[Node]:
    lines = (_line(request, listed, keys, with_owner=with_owner) for listed in page.objects)
    return [*(("Contents", line) for line in lines), *prefix_nodes(page.common_prefixes, keys)]


def prefix_nodes(common_prefixes: Sequence[bytes], keys: KeyEncoding) -> list[Node]:
    """What keys were rolled up to, one element each."""
    return [("CommonPrefixes", [("Prefix", keys.write(one))]) for one in common_prefixes]


def _line(
    request: Request, listed: ListedObject, keys: KeyEncoding, *, with_owner: bool
) -> list[Node]:
    dialect = request.dialect
    line: list[Node] = [
        ("Key", keys.write(listed.key)),
        ("LastModified", xml_date(listed.modified_ms)),
        ("ETag", dialect.etag(listed.etag)),
    ]
    if dialect is OSS:
        line.append(("Type", listed.object_type))
    line.append(("Size", str(listed.size)))
    line.append(("StorageClass", storage_class_name(listed.storage_class, dialect)))
    if with_owner:
        line.append(account_node("Owner", listed.owner_id))
    return line


def delimiter_nodes(request: Request, keys: KeyEncoding) -> list[Node]:
    """The delimiter as it was asked for, and how keys are written."""
    return [("Delimiter", keys.write(request.query.raw("delimiter"))), *keys.nodes()]


def _written(request: Request, keys: KeyEncoding, token: bytes) -> str:
    """A token as a document has it: OSS encodes it like a key, S3's clients don't decode it."""
    return token.decode("utf-8") if request.dialect is S3 else keys.write(token)


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
