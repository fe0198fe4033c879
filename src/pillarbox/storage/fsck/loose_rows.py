"""The checks of rows without those that they belong to, and of what the reaper must not take.

Each is one statement, so it sees one state of the catalog, and what it finds is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, exists, or_, select

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import (
    bucket_configs,
    bucket_usage,
    buckets,
    garbage,
    inline_blobs,
    noncurrent_versions,
    object_blobs,
    objects,
    parts,
)
from pillarbox.storage.fsck.fault import Fault, FaultKind, Repair, RepairKind, quoted, row_target
from pillarbox.storage.fsck.pages import rows

#: The tables whose rows need the blob that they name.
NEEDING = (objects, noncurrent_versions, parts, object_blobs)


def loose_rows(catalog: Catalog) -> Iterator[Fault]:
    """Lists and bytes that no row names, rows of no bucket, garbage that a row needs, and keys
    that have versions but no current one.
    """
    for (list_id,) in rows(catalog, _unnamed_lists(), [object_blobs.c.object_blob_id]):
        yield Fault(
            FaultKind.ORPHAN_LIST,
            f"list of blobs {list_id}",
            "an object that it is of",
            "none",
            Repair(RepairKind.MOVE_LIST, (list_id,)),
        )
    inline = inline_blobs.c.blob_id
    for (blob_id,) in rows(catalog, select(inline).where(~is_needed(inline)), [inline]):
        yield Fault(
            FaultKind.ORPHAN_BYTES,
            f"bytes in the catalog {blob_id}",
            "an object or part that they are of",
            "none",
            Repair(RepairKind.MOVE_BYTES, (blob_id,)),
        )
    doomed = garbage.c.blob_id
    for (blob_id,) in rows(catalog, select(doomed).where(is_needed(doomed)), [doomed]):
        yield Fault(
            FaultKind.DOOMED,
            f"blob {blob_id}",
            "a place in the catalog, or among what will be deleted",
            "both: a running server will delete what an object needs",
            Repair(RepairKind.KEEP_BLOB, (blob_id,)),
        )
    yield from _without_current(catalog)
    for table in (bucket_configs, bucket_usage):
        yield from _of_no_bucket(catalog, table)
    for table in (objects, noncurrent_versions):
        yield from _markers_of_no_bucket(catalog, table)


def is_needed(blob_id: Column[Any] | str) -> ColumnElement[bool]:
    """Whether a row needs a blob."""
    return or_(*(exists().where(table.c.blob_id == blob_id) for table in NEEDING))


def _unnamed_lists() -> Select[Any]:
    list_id = object_blobs.c.object_blob_id
    owners = (objects, noncurrent_versions, garbage)
    owned = or_(*(exists().where(table.c.blob_id == list_id) for table in owners))
    return select(list_id).distinct().where(~owned)


def _without_current(catalog: Catalog) -> Iterator[Fault]:
    """Keys whose versions nobody can list or read, for a key's versions are found by that one."""
    versions = noncurrent_versions.c
    is_there = exists().where(
        objects.c.bucket_id == versions.bucket_id, objects.c.key == versions.key
    )
    query = select(versions.bucket_id, versions.key, buckets.c.name).distinct()
    query = query.join(buckets, buckets.c.id == versions.bucket_id).where(~is_there)
    for row in rows(catalog, query, [versions.bucket_id, versions.key]):
        yield Fault(
            FaultKind.NO_CURRENT,
            f"{row.name}/{quoted(row.key)}",
            "a current version",
            "other versions alone",
            Repair(RepairKind.PROMOTE, (row.bucket_id, row.key.hex())),
        )


def _markers_of_no_bucket(catalog: Catalog, table: Table) -> Iterator[Fault]:
    """Versions that name no bytes; those that do are looked at with them."""
    columns = list(table.primary_key.columns)
    query = select(*columns).where(
        table.c.delete_marker, table.c.bucket_id.not_in(select(buckets.c.id))
    )
    for row in rows(catalog, query, columns):
        yield Fault(
            FaultKind.NO_BUCKET,
            f"delete marker of {quoted(row.key)}",
            "a bucket",
            f"none of id {row.bucket_id}",
            Repair(RepairKind.MOVE_ROW, row_target(table.name, row, None)),
        )


def _of_no_bucket(catalog: Catalog, table: Table) -> Iterator[Fault]:
    columns = list(table.primary_key.columns)
    query = select(*columns).where(table.c.bucket_id.not_in(select(buckets.c.id)))
    noun = "document" if table is bucket_configs else "counters"
    for row in rows(catalog, query, columns):
        which = row._mapping[columns[1]]
        yield Fault(
            FaultKind.NO_BUCKET,
            f"{noun} {which!r} of bucket id {row.bucket_id}",
            "a bucket",
            "none of that id",
            Repair(RepairKind.MOVE_ROW, (table.name, *row, "")),
        )
