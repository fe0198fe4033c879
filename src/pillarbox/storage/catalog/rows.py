"""Rows of the catalog as values of the model, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pillarbox.model.acl import BucketAcl, ObjectAcl
from pillarbox.model.checksums import algorithm_named
from pillarbox.model.multipart import Part
from pillarbox.model.object_checksum import ChecksumType, ChosenChecksum, ObjectChecksum
from pillarbox.model.object_types import ObjectType
from pillarbox.model.objects import (
    Bucket,
    Digests,
    ListedObject,
    ListedVersion,
    ObjectHeaders,
    ObjectSpec,
    StoredObject,
)
from pillarbox.model.versioning import Versioning

_SIGN_BIT = 1 << 63


def signed(crc64: int) -> int:
    """An unsigned 64-bit number as the databases' signed one."""
    return crc64 - (1 << 64) if crc64 & _SIGN_BIT else crc64


def unsigned(crc64: int) -> int:
    """The inverse of `signed`."""
    return crc64 & ((1 << 64) - 1)


def attributes_text(spec: ObjectSpec, parts_checksum: ChosenChecksum | None = None) -> str:
    """Headers, metadata, tags, checksum, upload, target as compact JSON; what is empty is left out.

    Args:
        parts_checksum: of an upload in parts, what it was begun with.
    """
    parts = {
        "type": spec.headers.content_type,
        "headers": spec.headers.standard,
        "metadata": spec.headers.user_metadata,
        "tags": spec.tags,
        "checksum": checksum_text(spec.checksum),
        "upload": spec.upload_id,
        "symlink": None if spec.symlink_target is None else spec.symlink_target.decode("utf-8"),
        "parts_checksum": _chosen_text(parts_checksum),
    }
    return _encode({name: value for name, value in parts.items() if value})


def with_tags(attributes: str, tags: Mapping[str, str]) -> str:
    """What `attributes_text` wrote, with other tags."""
    parts = json.loads(attributes)
    parts.pop("tags", None)
    return _encode(parts | {"tags": tags} if tags else parts)


def tags_of(attributes: str) -> Mapping[str, str]:
    """The tags in what `attributes_text` wrote."""
    tags: Mapping[str, str] = json.loads(attributes).get("tags", {})
    return tags


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=dict).encode


def spec_of(
    key: bytes, acl: str, storage_class: str, encryption: str | None, attributes: str
) -> ObjectSpec:
    """What an object will be, from the columns of `multipart_uploads`."""
    parts = json.loads(attributes)
    return ObjectSpec(
        key=key,
        headers=_headers(parts),
        acl=ObjectAcl(acl),
        tags=parts.get("tags", {}),
        storage_class=storage_class,
        encryption=encryption,
    )


def checksum_text(checksum: ObjectChecksum | None) -> str | None:
    """A checksum as columns and attributes have it: its algorithm, a blank, its text."""
    return None if checksum is None else f"{checksum.algorithm.name} {checksum.text}"


def _checksum(text: str | None) -> ObjectChecksum | None:
    """The inverse of `checksum_text`."""
    if text is None:
        return None
    name, _, value = text.partition(" ")
    return ObjectChecksum.read(algorithm_named(name), value)


def parts_checksum_of(attributes: str) -> ChosenChecksum | None:
    """What an upload in parts was begun with, from the column of `multipart_uploads`."""
    text = json.loads(attributes).get("parts_checksum")
    if text is None:
        return None
    name, _, type_ = text.partition(" ")
    return algorithm_named(name), ChecksumType(type_)


def _chosen_text(chosen: ChosenChecksum | None) -> str | None:
    return None if chosen is None else f"{chosen[0].name} {chosen[1].value}"


def part(row: tuple[Any, ...]) -> Part:
    """The part of a row of `parts`, all columns in their order."""
    return Part(
        number=row[1],
        blob_id=row[2],
        size=row[3],
        md5=row[4],
        crc64=unsigned(row[5]),
        modified_ms=row[6],
        checksum=_checksum(row[7]),
    )


def object_row(
    bucket_id: int,
    spec: ObjectSpec,
    owner_id: str,
    digests: Digests,
    blob_id: str | None,
    modified_ms: int,
    *,
    etag: str | None = None,
    object_type: str = ObjectType.NORMAL,
    version_id: str | None = None,
) -> tuple[Any, ...]:
    """A row of `objects`, in the order of its columns.

    Args:
        etag: where it is not that of the digests.
    """
    return (
        bucket_id,
        spec.key,
        version_id,
        str(object_type),
        False,  # delete_marker
        blob_id,
        digests.size,
        etag or digests.etag,
        digests.md5,
        signed(digests.crc64),
        modified_ms,
        str(spec.acl),
        owner_id,
        spec.storage_class,
        spec.encryption,
        attributes_text(spec),
    )


def marker_row(
    bucket_id: int, key: bytes, version_id: str | None, owner_id: str, modified_ms: int
) -> tuple[Any, ...]:
    """A row of `objects` that says that the object is deleted, in the order of its columns."""
    empty = Digests(0, b"", 0)
    row = object_row(
        bucket_id, ObjectSpec(key), owner_id, empty, None, modified_ms, version_id=version_id
    )
    return (*row[:4], True, *row[5:])


def stored_object(row: tuple[Any, ...]) -> StoredObject:
    """The version of a row of `objects`, followed by its inline bytes if it has any."""
    attributes = json.loads(row[15])
    target = attributes.get("symlink")
    return StoredObject(
        bucket_id=row[0],
        key=row[1],
        version_id=row[2],
        object_type=row[3],
        is_delete_marker=bool(row[4]),
        blob_id=row[5],
        size=row[6],
        etag=row[7],
        md5=row[8],
        crc64=unsigned(row[9]),
        modified_ms=row[10],
        acl=ObjectAcl(row[11]),
        owner_id=row[12],
        storage_class=row[13],
        encryption=row[14],
        headers=_headers(attributes),
        tags=attributes.get("tags", {}),
        checksum=_checksum(attributes.get("checksum")),
        upload_id=attributes.get("upload"),
        symlink_target=None if target is None else target.encode("utf-8"),
        inline=row[16],
    )


def _headers(attributes: Mapping[str, Any]) -> ObjectHeaders:
    return ObjectHeaders(
        attributes["type"], attributes.get("headers", {}), attributes.get("metadata", {})
    )


def listed_object(row: tuple[Any, ...]) -> ListedObject:
    """A line of a listing, from the columns that `ListedObject` names, in its order."""
    return ListedObject(*row)


def listed_version(row: tuple[Any, ...], *, is_latest: bool) -> ListedVersion:
    """A line of a listing of versions, from the columns of `LISTED_VERSION`."""
    return ListedVersion(*(*row[:8], bool(row[8]), is_latest))


def bucket(row: Any, configs: Mapping[str, str]) -> Bucket:
    """The bucket of a row of `buckets` and of its documents by kind."""
    return Bucket(
        id=row.id,
        name=row.name,
        owner_id=row.owner_id,
        acl=BucketAcl(row.acl),
        created_ms=row.created_ms,
        region=row.region,
        storage_class=row.storage_class,
        strict_forms=row.strict_forms,
        configs=configs,
        versioning=Versioning(row.versioning),
    )
