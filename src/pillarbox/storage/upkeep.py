"""The door for the jobs that clear up: which blob files nobody needs any more.

Synchronous, and meant for a process of its own beside the workers.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import delete, select, union

from pillarbox.storage.blobs import run_folder
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog.database import Catalog
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

    def expired_garbage(self, before_ms: int, limit: int) -> list[str]:
        """Ids of at most `limit` blobs that became garbage before `before_ms`, oldest first."""
        expired = (
            select(garbage.c.blob_id)
            .where(garbage.c.since_ms < before_ms)
            .order_by(garbage.c.since_ms)
            .limit(limit)
        )
        with self._catalog.reading() as connection:
            return list(connection.scalars(expired))

    def delete_garbage(self, blob_ids: Collection[str]) -> None:
        """Delete blob files for good, then forget them.

        The rows go last: a file whose row is gone would never be found again.
        """
        folders = set()
        for blob_id in blob_ids:
            path = run_folder.blob_path(self._layout, blob_id)
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in folders:
            if folder.is_dir():
                run_folder.sync_folder(folder, self._durability)
        with self._catalog.writing() as connection:
            connection.execute(delete(garbage).where(garbage.c.blob_id.in_(blob_ids)))
