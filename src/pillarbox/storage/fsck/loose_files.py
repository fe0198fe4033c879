"""The checks of files: which of them no row names, and what was left unfinished.

A running worker names a file before its row, so its folder is left alone, as the sweep leaves it;
what lies there without a row is judged when that worker has ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import select, union

from pillarbox.storage.blobs import run_folder
from pillarbox.storage.blobs.blob_id import is_file, is_run, run_of
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import garbage
from pillarbox.storage.fsck.fault import Fault, FaultKind, Repair, RepairKind
from pillarbox.storage.fsck.loose_rows import NEEDING
from pillarbox.storage.fsck.named_blobs import Checked
from pillarbox.storage.layout import Layout

_BATCH = 500


def loose_files(layout: Layout, catalog: Catalog, checked: Checked) -> Iterator[Fault]:
    """Files that belong to nothing, in the folders of blobs and beside the store's keys."""
    with os.scandir(layout.blobs) as entries:
        strange = [entry.name for entry in entries if not is_run(entry.name)]
    for name in sorted(strange):
        yield _foreign(layout, layout.blobs / name)
    for run in run_folder.runs(layout):
        with run_folder.dead(layout, run) as folder:
            if folder is not None:
                yield from _in_folder(layout, catalog, folder.path, checked)
    for key in (layout.store_key, layout.callback_key):
        unfinished = key.with_suffix(".new")
        if unfinished.exists():
            yield _left(layout, unfinished)


def is_named(catalog: Catalog, blob_ids: Sequence[str]) -> set[str]:
    """Those of some hundred blob ids that a row names, be it one of what will be deleted."""
    known = union(
        *(
            select(table.c.blob_id).where(table.c.blob_id.in_(blob_ids))
            for table in (*NEEDING, garbage)
        )
    )
    with catalog.reading() as connection:
        return set(connection.scalars(known))


def _in_folder(layout: Layout, catalog: Catalog, folder: Path, checked: Checked) -> Iterator[Fault]:
    """What lies loose in the folder of a dead run, which the caller holds."""
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if entry.name not in run_folder.MARKS)
        while batch := list(islice(names, _BATCH)):
            blobs = [name for name in batch if is_file(name) and run_of(name) == folder.name]
            checked.files += len(blobs)
            for name in sorted(set(batch) - set(blobs)):
                is_left = name.startswith(".")
                yield (_left if is_left else _foreign)(layout, folder / name)
            for name in sorted(set(blobs) - is_named(catalog, blobs)):
                path = folder / name
                if path.exists():  # the reaper deletes the file before its row
                    yield Fault(
                        FaultKind.ORPHAN_FILE,
                        str(path.relative_to(layout.root)),
                        "a row that names it",
                        f"none ({path.stat().st_size} bytes)",
                        _move(layout, path),
                        "a running server's sweep deletes it, or --repair would move it into the "
                        "quarantine",
                    )


def _left(layout: Layout, path: Path) -> Fault:
    """A file that somebody was writing when he died."""
    return Fault(
        FaultKind.TEMPORARY,
        str(path.relative_to(layout.root)),
        "no file of a writer that is dead",
        "one",
        _move(layout, path),
    )


def _foreign(layout: Layout, path: Path) -> Fault:
    return Fault(
        FaultKind.FOREIGN,
        str(path.relative_to(layout.root)),
        "blobs of this folder's run alone",
        "something else",
        _move(layout, path),
    )


def _move(layout: Layout, path: Path) -> Repair:
    return Repair(RepairKind.MOVE_FILE, (os.fsdecode(path.relative_to(layout.root)),))
