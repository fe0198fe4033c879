"""The sweep: find and delete the blob files that a crash left without a row.

A blob file is an orphan when its run is dead and no row names it. What a living worker writes has
no row yet and is never touched. A folder once swept is marked; later sweeps only look whether it
is empty by now.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from itertools import islice

from pillarbox.storage.blobs.run_folder import DeadFolder
from pillarbox.storage.upkeep import Upkeep

_log = logging.getLogger(__name__)

#: Files that are looked up by one query.
_BATCH = 500


def sweep(upkeep: Upkeep) -> Generator[int, None, None]:
    """Sweep the folders of all dead runs in small steps; yields how many orphans each deleted.

    May be dropped between two steps. Raises OSError and SQLAlchemy's errors.
    """
    for run in upkeep.runs():
        with upkeep.dead_folder(run) as folder:
            if folder is None:
                continue
            if not folder.is_swept:
                yield from _sweep_folder(upkeep, folder)
            if folder.is_empty():
                folder.delete()
        yield 0


def _sweep_folder(upkeep: Upkeep, folder: DeadFolder) -> Generator[int, None, None]:
    total = 0
    blob_ids = folder.blob_ids()
    while batch := list(islice(blob_ids, _BATCH)):
        orphans = upkeep.unknown_to_catalog(batch)
        for blob_id in orphans:
            upkeep.note_deleted("sweep", folder.remove(blob_id))
        total += len(orphans)
        yield len(orphans)
    folder.mark_swept()
    if total:
        _log.info("swept run %s: %d orphaned blobs deleted", folder.run, total)
