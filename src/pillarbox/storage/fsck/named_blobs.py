"""The checks of rows that name bytes: objects, their versions, parts of unfinished uploads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, false, select

from pillarbox.model.versioning import NULL_VERSION
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.rows import unsigned
from pillarbox.storage.catalog.schema import (
    buckets,
    multipart_uploads,
    noncurrent_versions,
    objects,
    parts,
)
from pillarbox.storage.fsck.blob_examination import BlobExamination
from pillarbox.storage.fsck.fault import Fault, FaultKind, Repair, RepairKind, quoted, row_target
from pillarbox.storage.fsck.pages import rows

#: A row that is replaced again and again while it is looked at is somebody's who uses it.
_LOOKS = 3


@dataclass(slots=True)
class Checked:
    """What was looked at so far."""

    objects: int = 0
    parts: int = 0
    files: int = 0


class NamedBlobs:
    """Checks each row that names bytes against them."""

    def __init__(self, catalog: Catalog, examination: BlobExamination, checked: Checked) -> None:
        self._catalog = catalog
        self._examination = examination
        self._checked = checked
        self._bucket_names: dict[int, str] = {}

    def faults(self) -> Iterator[Fault]:
        """Those of objects, then those of parts."""
        for table in (objects, noncurrent_versions):
            yield from self._of_versions(table)
        yield from self._of_uploads()
        yield from self._of_parts()

    def _of_versions(self, table: Table) -> Iterator[Fault]:
        query = _looked_at(table).where(table.c.delete_marker == false())
        for row in rows(self._catalog, query, list(table.primary_key.columns)):
            self._checked.objects += 1
            yield from self._of_version(table, row)

    def _of_version(self, table: Table, row: Row[Any]) -> Iterator[Fault]:
        key = {column: row._mapping[column] for column in table.primary_key.columns}
        for _ in range(_LOOKS):
            where = f"{self._bucket(row.bucket_id)}/{quoted(row.key)}"
            if table is noncurrent_versions:
                where += f" version {row.version_id or NULL_VERSION}"
            flaw = self._examination.flaw(row.blob_id, row.size, unsigned(row.crc64))
            is_homeless = row.bucket_id not in self._bucket_names
            if flaw is None and not is_homeless:
                return
            again, has_bucket = self._again(table, key, row.bucket_id)
            if again is None:
                return
            if tuple(again) == tuple(row):
                target = row_target(table.name, key.values(), row.blob_id)
                if flaw is not None:
                    yield Fault(
                        flaw.kind,
                        where,
                        flaw.expected,
                        flaw.found,
                        Repair(RepairKind.DROP_LOST, target),
                    )
                elif not has_bucket:
                    yield Fault(
                        FaultKind.NO_BUCKET,
                        where,
                        "a bucket",
                        f"none of id {row.bucket_id}",
                        Repair(RepairKind.MOVE_ROW, target),
                    )
                return
            row = again

    def _again(
        self, table: Table, key: dict[Column[Any], Any], bucket_id: int
    ) -> tuple[Row[Any] | None, bool]:
        """The row as it stands now, None if it is gone; and whether its bucket stands."""
        with self._catalog.reading() as connection:
            self._learn_buckets(connection)
            query = _looked_at(table).where(*(column == value for column, value in key.items()))
            return connection.execute(query).one_or_none(), bucket_id in self._bucket_names

    def _of_uploads(self) -> Iterator[Fault]:
        query = select(multipart_uploads.c.id, multipart_uploads.c.bucket_id)
        query = query.where(multipart_uploads.c.bucket_id.not_in(select(buckets.c.id)))
        for row in rows(self._catalog, query, [multipart_uploads.c.id]):
            # Not by its key: the parts below it tell theirs.
            target = row_target(multipart_uploads.name, [row.id], None)
            yield Fault(
                FaultKind.NO_BUCKET,
                f"unfinished upload {row.id}",
                "a bucket",
                f"none of id {row.bucket_id}",
                Repair(RepairKind.MOVE_ROW, target),
            )

    def _of_parts(self) -> Iterator[Fault]:
        joined = parts.outerjoin(multipart_uploads, multipart_uploads.c.id == parts.c.upload_id)
        query = select(
            parts.c.upload_id,
            parts.c.number,
            parts.c.blob_id,
            parts.c.size,
            parts.c.crc64,
            multipart_uploads.c.bucket_id,
            multipart_uploads.c.key,
        ).select_from(joined)
        for row in rows(self._catalog, query, [parts.c.upload_id, parts.c.number]):
            self._checked.parts += 1
            yield from self._of_part(row)

    def _of_part(self, row: Row[Any]) -> Iterator[Fault]:
        key = {parts.c.upload_id: row.upload_id, parts.c.number: row.number}
        target = row_target(parts.name, key.values(), row.blob_id)
        where = f"part {row.number} of upload {row.upload_id}"
        if row.key is None:
            # One statement found the part without its upload: no state of the catalog has that.
            found = "no such upload"
            repair = Repair(RepairKind.MOVE_ROW, target)
            yield Fault(FaultKind.NO_UPLOAD, where, "an upload in parts", found, repair)
            return
        flaw = self._examination.flaw(row.blob_id, row.size, unsigned(row.crc64))
        if flaw is None or not self._is_still(key, row):
            return  # a part sent anew is looked at the next time
        where = f"{self._bucket(row.bucket_id)}/{quoted(row.key)} {where}"
        repair = Repair(RepairKind.DROP_LOST, target)
        yield Fault(flaw.kind, where, flaw.expected, flaw.found, repair)

    def _is_still(self, key: dict[Column[Any], Any], row: Row[Any]) -> bool:
        query = select(parts.c.blob_id, parts.c.size, parts.c.crc64)
        with self._catalog.reading() as connection:
            again = connection.execute(
                query.where(*(column == value for column, value in key.items()))
            ).one_or_none()
        return again is not None and tuple(again) == (row.blob_id, row.size, row.crc64)

    def _bucket(self, bucket_id: int) -> str:
        if bucket_id not in self._bucket_names:
            with self._catalog.reading() as connection:
                self._learn_buckets(connection)
        return self._bucket_names.get(bucket_id, f"bucket id {bucket_id}")

    def _learn_buckets(self, connection: Connection) -> None:
        found = connection.execute(select(buckets.c.id, buckets.c.name))
        self._bucket_names = {row.id: row.name for row in found}


def _looked_at(table: Table) -> Select[Any]:
    """Key and bytes of each version in a table."""
    return select(
        *table.primary_key.columns,
        table.c.version_id,
        table.c.blob_id,
        table.c.size,
        table.c.crc64,
    )
