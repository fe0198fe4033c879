"""What buckets hold, counted anew, and their counters."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, false, func, insert, select

from pillarbox.model.quotas import Usage
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.quotas import bucket_usage as counted
from pillarbox.storage.catalog.schema import (
    bucket_usage,
    buckets,
    multipart_uploads,
    noncurrent_versions,
    objects,
    parts,
)
from pillarbox.storage.catalog.standing import SHARD
from pillarbox.storage.fsck.fault import Fault, FaultKind, Repair, RepairKind


def wrong_counters(catalog: Catalog) -> Iterator[Fault]:
    """A fault for each bucket whose counters are not what its rows come to."""
    with catalog.reading() as connection:
        # Of names alone, some hundreds; each bucket is counted in a state of its own.
        known = connection.execute(select(buckets.c.id, buckets.c.name)).all()
    for bucket_id, name in known:
        with catalog.reading() as connection:
            held = what_is_there(connection, bucket_id)
            said = counted(connection.connection.cursor(), bucket_id)
        if held != said:
            yield Fault(
                FaultKind.COUNTERS,
                name,
                f"counters of {_words(held)}",
                _words(said),
                Repair(RepairKind.RECOUNT, (bucket_id,)),
            )


def what_is_there(connection: Connection, bucket_id: int) -> Usage:
    """What the rows of a bucket come to."""
    of_parts = (
        select(func.coalesce(func.sum(parts.c.size), 0))
        .select_from(multipart_uploads.join(parts, parts.c.upload_id == multipart_uploads.c.id))
        .where(multipart_uploads.c.bucket_id == bucket_id)
    )
    count = size = 0
    for table in (objects, noncurrent_versions):
        of_versions = select(func.count(), func.coalesce(func.sum(table.c.size), 0)).where(
            table.c.bucket_id == bucket_id, table.c.delete_marker.is_(false())
        )
        more, more_bytes = connection.execute(of_versions).one()
        count, size = count + more, size + more_bytes
    part_size = connection.execute(of_parts).scalar_one()
    return Usage(size + part_size, count, part_size)


def recount(connection: Connection, bucket_id: int) -> None:
    """Set the counters of a bucket to what is there."""
    held = what_is_there(connection, bucket_id)
    connection.execute(delete(bucket_usage).where(bucket_usage.c.bucket_id == bucket_id))
    connection.execute(
        insert(bucket_usage).values(
            bucket_id=bucket_id,
            shard=SHARD,
            objects=held.objects,
            bytes=held.bytes,
            part_bytes=held.part_bytes,
        )
    )


def _words(usage: Usage) -> str:
    return (
        f"{usage.objects} objects, {usage.bytes} bytes, {usage.part_bytes} of them in parts of "
        "unfinished uploads"
    )
