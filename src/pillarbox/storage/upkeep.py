"""The door for the jobs that clear up: which blob files nobody needs any more.

Synchronous, and meant for a process of its own beside the workers.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import delete, select, union, update

from pillarbox.model.metrics import DELETED_BYTES, DELETED_FILES
from pillarbox.storage.backup.lease import unleased
from pillarbox.storage.blobs import run_folder
from pillarbox.storage.blobs.blob_id import is_composite
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.blobs.pins import is_pinned
from pillarbox.storage.catalog.blob_release import take_apart
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.multipart import forget_upload, untouched_uploads
from pillarbox.storage.catalog.schema import (
    garbage,
    noncurrent_versions,
    object_blobs,
    objects,
    parts,
)
from pillarbox.storage.layout import Layout


class Upkeep:
    """The parts of a prepared data directory that sweep and reaper work on."""

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        self._layout = Layout(data_dir)
        self._durability = durability
        self._catalog = Catalog(self._layout, durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()

    def runs(self) -> tuple[str, ...]:
        """All runs that have a folder, living and dead, the oldest first."""
        return run_folder.runs(self._layout)

    def dead_folder(self, run: str) -> AbstractContextManager[run_folder.DeadFolder | None]:
        """The folder of `run`, locked, if that run is dead; else None."""
        return run_folder.dead(self._layout, run)

    def unknown_to_catalog(self, blob_ids: Collection[str]) -> set[str]:
        """Those of `blob_ids` that no row names: no object, version or part, and no garbage.

        One statement, so one state of the catalog: a blob that moves from one table to another
        meanwhile is seen in either. Give at most some hundreds at a time.
        """
        tables = (objects, noncurrent_versions, parts, object_blobs, garbage)
        known = union(
            *(select(table.c.blob_id).where(table.c.blob_id.in_(blob_ids)) for table in tables)
        )
        with self._catalog.reading() as connection:
            return set(blob_ids) - set(connection.scalars(known))

    def unleased(self) -> AbstractContextManager[bool]:
        """Whether no backup needs the files of garbage, to be held while they are deleted."""
        return unleased(self._layout)

    def expired_garbage(self, before_ms: int, limit: int, behind: int = 0) -> list[str]:
        """Ids of at most `limit` blobs that became garbage before `before_ms`, oldest first.

        Args:
            behind: how many of them to pass over.
        """
        expired = (
            select(garbage.c.blob_id)
            .where(garbage.c.since_ms < before_ms)
            .order_by(garbage.c.since_ms, garbage.c.blob_id)
            .limit(limit)
            .offset(behind)
        )
        with self._catalog.reading() as connection:
            return list(connection.scalars(expired))

    def date_anew(self, after_ms: int, now_ms: int) -> None:
        """Date what became garbage after `after_ms`, by a clock that was ahead, by `now_ms`."""
        late = garbage.c.since_ms > after_ms
        with self._catalog.reading() as connection:
            if connection.scalar(select(garbage.c.blob_id).where(late).limit(1)) is None:
                return  # nearly always, and without the lock
        with self._catalog.writing() as connection:
            connection.execute(update(garbage).where(late).values(since_ms=now_ms))

    def delete_garbage(self, blob_ids: Collection[str], now_ms: int) -> int:
        """Delete blob files for good, then forget them; take lists of blobs apart.

        The rows go last: a file whose row is gone would never be found again. A list that a worker
        still reads from stays; how many of `blob_ids` are gone.
        """
        files = [blob_id for blob_id in blob_ids if not is_composite(blob_id)]
        if files:
            self._delete_files(files)
            with self._catalog.writing() as connection:
                connection.execute(delete(garbage).where(garbage.c.blob_id.in_(files)))
        lists = [blob_id for blob_id in blob_ids if is_composite(blob_id)]
        return len(files) + sum(self._take_apart(one, now_ms) for one in lists)

    def _take_apart(self, object_blob_id: str, now_ms: int) -> bool:
        """Let a list of blobs go, unless somebody reads from it; whether it went.

        A transaction each: ten thousand blobs take a fifth of a second, while no upload commits.
        """
        if is_pinned(self._layout, object_blob_id):
            return False
        with self._catalog.writing() as connection:
            if is_pinned(self._layout, object_blob_id):  # while we waited for the lock
                return False
            take_apart(connection.connection.cursor().execute, object_blob_id, now_ms)
            connection.execute(delete(garbage).where(garbage.c.blob_id == object_blob_id))
        return True

    def forget_uploads(self, before_ms: int, limit: int) -> int:
        """Abort at most `limit` uploads in parts that were last touched before `before_ms`.

        Gives how many it were. An upload is touched when it is begun and by each of its parts.
        """
        with self._catalog.reading() as connection:
            if not untouched_uploads(connection, before_ms, 1):
                return 0  # nearly always, and without the lock
        with self._catalog.writing() as connection:
            expired = untouched_uploads(connection, before_ms, limit)
            for upload_id in expired:
                forget_upload(connection, upload_id)
        return len(expired)

    def note_deleted(self, job: str, size: int | None) -> None:
        """Tell the meter of a blob file that a job has deleted; None if it was gone already."""
        if size is not None:
            self._durability.meter.add(DELETED_FILES, 1, (job,))
            self._durability.meter.add(DELETED_BYTES, size, (job,))

    def _delete_files(self, blob_ids: Collection[str]) -> None:
        folders = set()
        for blob_id in blob_ids:
            path = run_folder.blob_path(self._layout, blob_id)
            self.note_deleted("reaper", run_folder.remove_file(path))
            folders.add(path.parent)
        for folder in folders:
            if folder.is_dir():
                run_folder.sync_folder(folder, self._durability)
