"""Mending what a check found, each repair in a transaction of its own.

What is taken away goes into the quarantine first and leaves the catalog then: a crash in between
loses nothing, and the next check finds the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from pillarbox.model.quotas import Usage
from pillarbox.storage.blobs.blob_id import is_composite, is_file, is_inline
from pillarbox.storage.blobs.run_folder import blob_path
from pillarbox.storage.catalog.schema import (
    buckets,
    garbage,
    inline_blobs,
    metadata,
    multipart_uploads,
    noncurrent_versions,
    object_blobs,
    objects,
    parts,
)
from pillarbox.storage.catalog.standing import count_usage
from pillarbox.storage.catalog.succession import promote_youngest
from pillarbox.storage.control import Control
from pillarbox.storage.fsck.counters import recount
from pillarbox.storage.fsck.fault import Repair, RepairKind
from pillarbox.storage.fsck.loose_rows import is_needed
from pillarbox.storage.fsck.quarantine import Quarantine
from pillarbox.storage.layout import Layout


class Repairs:
    """Does repairs in a data directory.

    Those that are not `RepairKind.is_safe_beside_servers` are for who holds the directory's lock.

    Attributes:
        quarantine: where things go.
    """

    def __init__(self, data_dir: Path) -> None:
        """Raises OSError if the counter of the caches can't be opened."""
        self._layout = Layout(data_dir)
        self._control = Control(data_dir)
        self.quarantine = Quarantine(self._layout)
        self._ways: Mapping[RepairKind, Callable[[Connection, tuple[Any, ...]], bool]] = {
            RepairKind.MOVE_ROW: self._move_row,
            RepairKind.DROP_LOST: self._move_row,
            RepairKind.MOVE_LIST: self._move_unneeded,
            RepairKind.MOVE_BYTES: self._move_unneeded,
            RepairKind.PROMOTE: _promote,
            RepairKind.KEEP_BLOB: _keep_blob,
            RepairKind.RECOUNT: _recount,
        }

    def close(self) -> None:
        """Let go of the catalog."""
        self._control.close()

    def do(self, repair: Repair) -> bool:
        """Do one; False, and nothing is done, if what it is about is no longer as it was found.

        Raises OSError and SQLAlchemy's errors; then what it is about is found again.
        """
        if repair.kind is RepairKind.MOVE_FILE:
            return self._move_file(self._layout.root / str(repair.target[0]))
        with self._control.changing() as connection:
            return self._ways[repair.kind](connection, repair.target)

    def _move_file(self, path: Path) -> bool:
        if is_file(path.name):
            with self._control.reading() as connection:
                if _is_needed(connection, path.name):
                    return False
        if not path.exists():
            return False
        self.quarantine.take_file(path)
        return True

    def _move_row(self, connection: Connection, target: tuple[Any, ...]) -> bool:
        table, key = metadata.tables[target[0]], target[1:-1]
        row = _row(connection, table, key)
        if row is None and table is noncurrent_versions and target[-1]:
            # What was current may have been moved away before, so that this one is.
            table, key = objects, key[:-1]
            row = _row(connection, table, key)
        if row is None or (row.get("blob_id") or "") != target[-1]:
            return False
        if table is multipart_uploads:
            of_it = parts.c.upload_id == row["id"]
            for part in connection.execute(select(parts).where(of_it)).mappings().all():
                self._take_row(connection, parts, part)
        self._take_row(connection, table, row)
        return True

    def _take_row(self, connection: Connection, table: Table, row: Mapping[Any, Any]) -> None:
        """Move a row and what it alone names; its bucket's counters go along.

        Where it was a key's current version, the youngest of the others is that from now on.
        """
        self.quarantine.record(table.name, [row])
        bucket_id, less = _counted(connection, table, row)
        key = [row[column.name] for column in table.primary_key.columns]
        connection.execute(delete(table).where(*_conditions(table, key)))
        if bucket_id is not None:
            count_usage(connection, bucket_id, less)
            if table is objects:
                promote_youngest(connection.connection.cursor(), bucket_id, row["key"])
        if blob_id := row.get("blob_id"):
            self._take_blob(connection, blob_id)

    def _move_unneeded(self, connection: Connection, target: tuple[Any, ...]) -> bool:
        (blob_id,) = target
        if _is_needed(connection, blob_id):
            return False
        self._take_blob(connection, blob_id)
        return True

    def _take_blob(self, connection: Connection, blob_id: str) -> None:
        """Move a blob whose row is gone, unless another row needs it."""
        if is_composite(blob_id):
            of_it = object_blobs.c.object_blob_id == blob_id
            pieces = connection.execute(select(object_blobs).where(of_it)).mappings().all()
            self.quarantine.record(object_blobs.name, pieces)
            connection.execute(delete(object_blobs).where(of_it))
            for piece in pieces:
                self._take_blob(connection, piece["blob_id"])
        elif is_inline(blob_id):
            here = inline_blobs.c.blob_id == blob_id
            content = connection.scalar(select(inline_blobs.c.bytes).where(here))
            if content is not None:
                self.quarantine.take_bytes(blob_id, content)
                connection.execute(delete(inline_blobs).where(here))
        elif is_file(blob_id) and not _is_needed(connection, blob_id):
            path = blob_path(self._layout, blob_id)
            if path.exists():
                self.quarantine.take_file(path)


def _conditions(table: Table, key: Iterable[Any]) -> list[Any]:
    """Those that a row of this key meets; bytes may be told as hexadecimal."""
    return [
        column == (bytes.fromhex(value) if _is_hex(column, value) else value)
        for column, value in zip(table.primary_key.columns, key, strict=True)
    ]


def _row(connection: Connection, table: Table, key: Iterable[Any]) -> Mapping[Any, Any] | None:
    """The row of a key, if there is one."""
    here = _conditions(table, key)
    return connection.execute(select(table).where(*here)).mappings().one_or_none()


def _is_hex(column: Any, value: Any) -> bool:
    return column.type.python_type is bytes and isinstance(value, str)


def _counted(
    connection: Connection, table: Table, row: Mapping[Any, Any]
) -> tuple[int | None, Usage]:
    """The bucket whose counters have a row among them, if there is one, and what to take off."""
    if table in (objects, noncurrent_versions):
        bucket = select(buckets.c.id).where(buckets.c.id == row["bucket_id"])
        return connection.scalar(bucket), Usage(-row["size"], 0 if row["delete_marker"] else -1)
    if table is parts:
        uploads = multipart_uploads.join(buckets, buckets.c.id == multipart_uploads.c.bucket_id)
        bucket = select(buckets.c.id).select_from(uploads)
        bucket = bucket.where(multipart_uploads.c.id == row["upload_id"])
        return connection.scalar(bucket), Usage.of_parts(-row["size"])
    return None, Usage()


def _is_needed(connection: Connection, blob_id: str) -> bool:
    return bool(connection.scalar(select(is_needed(blob_id))))


def _promote(connection: Connection, target: tuple[Any, ...]) -> bool:
    bucket_id, key = target
    if _row(connection, objects, target) is not None:
        return False
    promote_youngest(connection.connection.cursor(), bucket_id, bytes.fromhex(key))
    return _row(connection, objects, target) is not None


def _keep_blob(connection: Connection, target: tuple[Any, ...]) -> bool:
    (blob_id,) = target
    if not _is_needed(connection, blob_id):
        return False
    connection.execute(delete(garbage).where(garbage.c.blob_id == blob_id))
    return True


def _recount(connection: Connection, target: tuple[Any, ...]) -> bool:
    recount(connection, target[0])
    return True
