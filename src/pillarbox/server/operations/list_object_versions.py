"""ListObjectVersions (OSS and S3 pages of this name)."""

from __future__ import annotations

from pillarbox.forms.s3_values import storage_class_name
from pillarbox.model import refusals
from pillarbox.model.dialects import OSS
from pillarbox.model.objects import ListedVersion, VersionListing
from pillarbox.model.timestamps import xml_date
from pillarbox.model.versioning import NULL_VERSION, NamedVersion, read_version_id
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.operations.list_objects import (
    DEFAULT_KEYS,
    MAX_KEYS,
    delimiter_nodes,
    prefix_nodes,
)
from pillarbox.server.query_values import bounded_text, key_encoding, page_size
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node


async def list_object_versions(request: Request, service: Service) -> Answer:
    """A page of versions and delete markers: keys in byte order, of each the youngest first."""
    bucket = await service.permitted_bucket(request, "oss:ListObjectVersions")
    keys = key_encoding(request)
    marker = bounded_text(request, "key-marker")
    limit = page_size(request, "max-keys", MAX_KEYS, usual=DEFAULT_KEYS)
    page = await service.store.versions.list(
        bucket,
        prefix=bounded_text(request, "prefix"),
        delimiter=bounded_text(request, "delimiter"),
        start_after=marker,
        after_version=_version_marker(request),
        max_keys=limit,
    )
    nodes: list[Node] = [
        ("Name", bucket.name),
        ("Prefix", keys.write(request.query.raw("prefix"))),
        ("KeyMarker", keys.write(marker)),
        ("VersionIdMarker", request.query.get("version-id-marker") or ""),
        ("MaxKeys", str(limit)),
        *delimiter_nodes(request, keys),
        ("IsTruncated", "true" if page.next_after is not None else "false"),
        *_next(page, keys),
        *(_entry(request, version, keys) for version in page.versions),
        *prefix_nodes(page.common_prefixes, keys),
    ]
    return answers.document(200, ("ListVersionsResult", nodes), dialect=request.dialect)


def _version_marker(request: Request) -> NamedVersion | None:
    """The version that the page before ended with.

    Raises:
        Refusal: `InvalidArgument` for one without a key (S3: "ListObjectVersions"), and for what no
            version was ever called.
    """
    text = request.query.get("version-id-marker")
    if not text:
        return None
    if not request.query.get("key-marker"):
        raise refusals.INVALID_ARGUMENT(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=text[:128],
        )
    return read_version_id(text)


def _next(page: VersionListing, keys: KeyEncoding) -> list[Node]:
    """Where the next page begins; a common prefix has no version."""
    if page.next_after is None:
        return []
    key, version = page.next_after
    shown = "" if version is None else version.id or NULL_VERSION
    return [("NextKeyMarker", keys.write(key)), ("NextVersionIdMarker", shown)]


def _entry(request: Request, version: ListedVersion, keys: KeyEncoding) -> Node:
    dialect = request.dialect
    head: list[Node] = [
        ("Key", keys.write(version.key)),
        ("VersionId", version.version_id or NULL_VERSION),
        ("IsLatest", "true" if version.is_latest else "false"),
        ("LastModified", xml_date(version.modified_ms)),
    ]
    owner = account_node("Owner", version.owner_id)
    if version.is_delete_marker:
        return ("DeleteMarker", [*head, owner])
    head.append(("ETag", dialect.etag(version.etag)))
    if dialect is OSS:
        head.append(("Type", version.object_type))
    size: list[Node] = [
        ("Size", str(version.size)),
        ("StorageClass", storage_class_name(version.storage_class, dialect)),
    ]
    return ("Version", [*head, *size, owner])
