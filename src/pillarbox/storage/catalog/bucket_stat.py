"""What a bucket holds, by the counters that each change keeps (OSS: "GetBucketStat")."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from pillarbox.model.objects import BucketStat
from pillarbox.storage.catalog.schema import (
    bucket_usage,
    multipart_uploads,
    noncurrent_versions,
    objects,
    parts,
)


def stat_of(connection: Connection, bucket_id: int) -> BucketStat:
    """The figures of a bucket. Objects are not counted here, unfinished uploads are.

    The bytes are what a quota bounds: those of parts of such uploads are among them.
    """
    usage = select(
        func.coalesce(func.sum(bucket_usage.c.objects), 0),
        func.coalesce(func.sum(bucket_usage.c.bytes), 0),
    ).where(bucket_usage.c.bucket_id == bucket_id)
    here = multipart_uploads.c.bucket_id == bucket_id
    uploads = select(func.count()).select_from(multipart_uploads).where(here)
    of_uploads = (
        select(func.count())
        .select_from(multipart_uploads.join(parts, parts.c.upload_id == multipart_uploads.c.id))
        .where(here)
    )
    count, size = connection.execute(usage).one()
    return BucketStat(
        int(count),
        int(size),
        connection.execute(uploads).scalar_one(),
        connection.execute(of_uploads).scalar_one(),
        _delete_markers(connection, bucket_id),
    )


def _delete_markers(connection: Connection, bucket_id: int) -> int:
    """Those that are current have an index of their own; few buckets have many others."""
    return sum(
        connection.execute(
            select(func.count())
            .select_from(table)
            .where(table.c.bucket_id == bucket_id, table.c.delete_marker)
        ).scalar_one()
        for table in (objects, noncurrent_versions)
    )
