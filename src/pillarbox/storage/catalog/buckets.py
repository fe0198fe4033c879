"""Buckets in the catalog. Each function works in the transaction that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from pillarbox.model.acl import BucketAcl
from pillarbox.model.limits import MAX_BUCKETS_PER_ACCOUNT
from pillarbox.model.objects import Bucket
from pillarbox.model.refusals import (
    BUCKET_ALREADY_EXISTS,
    BUCKET_NOT_EMPTY,
    NO_SUCH_BUCKET,
    TOO_MANY_BUCKETS,
)
from pillarbox.storage import clock
from pillarbox.storage.catalog import rows
from pillarbox.storage.catalog.schema import (
    bucket_configs,
    bucket_usage,
    buckets,
    multipart_uploads,
    noncurrent_versions,
    objects,
)


def create_bucket(
    connection: Connection,
    *,
    name: str,
    owner_id: str,
    acl: BucketAcl,
    region: str,
    storage_class: str = "Standard",
    strict_forms: bool = False,
    configs: Mapping[str, str] | None = None,
) -> Bucket:
    """Make a bucket; refusals `BucketAlreadyExists` (any owner) and `TooManyBuckets`."""
    if find_bucket(connection, name) is not None:
        raise BUCKET_ALREADY_EXISTS(BucketName=name)
    owned = select(func.count()).select_from(buckets).where(buckets.c.owner_id == owner_id)
    if connection.execute(owned).scalar_one() >= MAX_BUCKETS_PER_ACCOUNT:
        raise TOO_MANY_BUCKETS()
    new = insert(buckets).values(
        name=name,
        owner_id=owner_id,
        acl=str(acl),
        region=region,
        storage_class=storage_class,
        strict_forms=strict_forms,
        created_ms=clock.now_ms(),
    )
    bucket = rows.bucket(connection.execute(new.returning(buckets)).one(), configs or {})
    for kind, document in bucket.configs.items():
        set_config(connection, bucket, kind, document)
    return bucket


def find_bucket(connection: Connection, name: str) -> Bucket | None:
    """The bucket of that name."""
    row = connection.execute(select(buckets).where(buckets.c.name == name)).one_or_none()
    return None if row is None else rows.bucket(row, _configs_of(connection, row.id))


def ask(cursor: Any) -> None:
    """See whether the catalog answers; raises the driver's errors."""
    cursor.execute("SELECT 1 FROM buckets LIMIT 1").fetchone()


def buckets_of(
    connection: Connection,
    owner_id: str,
    *,
    prefix: str = "",
    start_after: str = "",
    limit: int | None = None,
) -> tuple[Bucket, ...]:
    """The first `limit` buckets of an account whose names are greater than `start_after`.

    An account has few buckets, so its rows are sorted; documents are read for those found.
    """
    found = (
        select(buckets)
        .where(
            buckets.c.owner_id == owner_id,
            buckets.c.name > start_after,
            func.substr(buckets.c.name, 1, len(prefix)) == prefix,
        )
        .order_by(buckets.c.name)
        .limit(limit)
    )
    return tuple(
        rows.bucket(row, _configs_of(connection, row.id)) for row in connection.execute(found)
    )


def change_bucket(connection: Connection, bucket: Bucket, **columns: Any) -> None:
    """Change columns of a bucket; refusal `NoSuchBucket` if it no longer stands."""
    changed = connection.execute(update(buckets).where(buckets.c.id == bucket.id).values(**columns))
    if changed.rowcount == 0:
        raise NO_SUCH_BUCKET(BucketName=bucket.name)


def set_config(connection: Connection, bucket: Bucket, kind: str, document: str) -> None:
    """Keep a bucket's document of a kind in place of the former; refusal `NoSuchBucket`."""
    remove_config(connection, bucket, kind)
    connection.execute(
        insert(bucket_configs).values(
            bucket_id=bucket.id,
            kind=kind,
            document=document,
            updated_ms=clock.now_ms(),
        )
    )


def edit_config(
    connection: Connection, bucket: Bucket, kind: str, edit: Callable[[str | None], str | None]
) -> None:
    """Put what `edit` makes of a bucket's document in its place; None stands for no document.

    Refusal `NoSuchBucket`.
    """
    edited = edit(_configs_of(connection, bucket.id).get(kind))
    if edited is None:
        remove_config(connection, bucket, kind)
    else:
        set_config(connection, bucket, kind, edited)


def remove_config(connection: Connection, bucket: Bucket, kind: str) -> None:
    """Remove a bucket's document of a kind, if there is one; refusal `NoSuchBucket`."""
    if not _any(connection, buckets.c.id == bucket.id):
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    connection.execute(
        delete(bucket_configs).where(
            bucket_configs.c.bucket_id == bucket.id, bucket_configs.c.kind == kind
        )
    )


def delete_bucket(connection: Connection, bucket: Bucket) -> None:
    """Delete an empty bucket; refusals `NoSuchBucket` and `BucketNotEmpty`.

    Versions, delete markers and unfinished multipart uploads fill a bucket too
    (OSS: "DeleteBucket").
    """
    if not _any(connection, buckets.c.id == bucket.id):
        raise NO_SUCH_BUCKET(BucketName=bucket.name)
    for table in (objects, noncurrent_versions, multipart_uploads):
        if _any(connection, table.c.bucket_id == bucket.id):
            raise BUCKET_NOT_EMPTY(BucketName=bucket.name)
    for table in (bucket_configs, bucket_usage):
        connection.execute(delete(table).where(table.c.bucket_id == bucket.id))
    connection.execute(delete(buckets).where(buckets.c.id == bucket.id))


def _configs_of(connection: Connection, bucket_id: int) -> dict[str, str]:
    found = select(bucket_configs.c.kind, bucket_configs.c.document).where(
        bucket_configs.c.bucket_id == bucket_id
    )
    return {row.kind: row.document for row in connection.execute(found)}


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return bool(connection.execute(select(exists().where(condition))).scalar())
