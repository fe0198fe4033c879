"""Making a backup of a store, beside running servers or without any.

First the catalog as it stands at one moment, under another name; then the blobs that this copy
names, which the reaper spares meanwhile; then the catalog gets its name. So whoever is killed on
the way leaves the backup that was there before, and what he brought is there for the next.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from pillarbox.storage.backup.blob_copies import BlobCopies, Brought
from pillarbox.storage.backup.catalog_copy import CatalogCopy, as_os_errors, copy_catalog
from pillarbox.storage.backup.lease import leased, unleased
from pillarbox.storage.backup.marker import Marker, read_marker, write_marker
from pillarbox.storage.blobs import run_folder
from pillarbox.storage.blobs.blob_id import is_file
from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.migration import check_is_newest
from pillarbox.storage.catalog.schema import access_keys
from pillarbox.storage.data_dir import make_data_dir
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import FOLDER_MODE, OF_FILE_SYSTEMS, Layout
from pillarbox.storage.pace import Pace
from pillarbox.storage.secret_file import write_secret_file

_BATCH = 500

#: The catalog until all is there that it names.
_UNFINISHED = "catalog.new"

#: Files that SQLite has beside a catalog; those of a former one would spoil the next.
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Options:
    """How a backup is made.

    Attributes:
        may_link: give blobs a second name where the file system allows it; else copy them.
        with_keys: take the store's own keys along.
        bytes_per_second: how fast to copy at most; None for as fast as it goes.
    """

    may_link: bool = True
    with_keys: bool = True
    bytes_per_second: int | None = None


class Backup:
    """One backup to be made.

    Attributes:
        lost: blobs that the store has lost, each with what is there in its place.
        dropped: how many blobs the backup had that nothing names any more.
        keys: names of the store's own keys that are in it.
    """

    def __init__(self, data_dir: Path, to: Path, options: Options) -> None:
        """Raises ValueError where `to` can't take a backup, OSError where it can't be read."""
        self.lost: list[LostBlob] = []
        self.dropped = 0
        self.keys: list[str] = []
        self._source = Layout(data_dir.resolve())
        self._target = Layout(to.absolute())
        self._options = options
        self._judge_target()

    def close(self) -> None:
        """Nothing is open between two calls."""

    @as_os_errors()
    def make(self, begun: Callable[[int], Callable[[int], None]]) -> Brought:
        """Make it.

        Args:
            begun: told how many bytes the blobs have, gives what to tell of those that are there.

        Raises:
            ValueError: the store or the target is not what it should be.
            OSError, DBAPIError: what the machine hindered.
        """
        account = self._root_account()
        make_data_dir(self._target.root)
        with unleased(self._target) as is_alone:
            if not is_alone:
                raise ValueError(f"{self._target.root} is in use: another backup or restore runs")
            self._mark(Marker(account))
            unfinished = self._target.catalog.with_name(_UNFINISHED)
            with leased(self._source):
                copy_catalog(self._source, unfinished)
                with closing(CatalogCopy(unfinished)) as catalog:
                    brought = self._bring(catalog, begun(catalog.bytes()))
                    self._bring_keys()
                    self._put_in_place(unfinished)
                    self._prune(catalog)
            return brought

    def _judge_target(self) -> None:
        root = self._target.root
        resolved = root.resolve()
        if resolved == self._source.root or self._source.root in resolved.parents:
            raise ValueError(f"{root} is inside of what shall be backed up: choose another place")
        if not root.exists():
            return
        begun = {self._target.backup_lock.name, self._target.backup_marker.with_suffix(".new").name}
        names = {path.name for path in root.iterdir()} - OF_FILE_SYSTEMS
        if read_marker(self._target) is None and names - begun:
            raise ValueError(f"{root} is not empty and no backup: choose another place")
        if self._target.generation.exists():
            raise ValueError(f"{root} was served or repaired as a store: choose another place")

    def _root_account(self) -> str:
        with closing(Catalog(self._source)) as catalog, catalog.reading() as connection:
            check_is_newest(connection)
            is_root = access_keys.c.kind == "root"
            return connection.scalar(select(access_keys.c.account_id).where(is_root)) or ""

    def _mark(self, marker: Marker) -> None:
        before = read_marker(self._target)
        if before is None:
            write_marker(self._target, marker)
        elif before != marker:
            raise ValueError(f"{self._target.root} is the backup of another store: choose another")

    def _bring(self, catalog: CatalogCopy, told: Callable[[int], None]) -> Brought:
        self._target.blobs.mkdir(FOLDER_MODE, exist_ok=True)
        pace = Pace(self._options.bytes_per_second, told)
        copies = BlobCopies(self._source, self._target, pace, may_link=self._options.may_link)
        self.lost = copies.bring_all(catalog.blobs())
        return copies.brought

    def _bring_keys(self) -> None:
        for name, path in key_files(self._source).items():
            place = self._target.root / name
            if self._options.with_keys and path.exists():
                write_secret_file(place, path.read_bytes(), WHOLE)
                self.keys.append(name)
            else:
                place.unlink(missing_ok=True)

    def _put_in_place(self, unfinished: Path) -> None:
        for beside in _BESIDE:
            Path(f"{self._target.catalog}{beside}").unlink(missing_ok=True)
        sync_folder(self._target.root)
        unfinished.rename(self._target.catalog)
        sync_folder(self._target.root)

    def _prune(self, catalog: CatalogCopy) -> None:
        """Delete what earlier backups needed and this one doesn't."""
        for run in run_folder.runs(self._target):
            folder = self._target.blobs / run
            with os.scandir(folder) as entries:
                names = (entry.name for entry in entries)
                while batch := list(islice(names, _BATCH)):
                    blobs = [name for name in batch if is_file(name)]
                    for name in set(blobs) - catalog.needed(blobs):
                        (folder / name).unlink(missing_ok=True)
                        self.dropped += 1
                    for name in batch:
                        if name.startswith("."):
                            (folder / name).unlink(missing_ok=True)
            if {path.name for path in folder.iterdir()} <= run_folder.MARKS:
                for mark in run_folder.MARKS:
                    (folder / mark).unlink(missing_ok=True)
                folder.rmdir()


def key_files(layout: Layout) -> dict[str, Path]:
    """The store's own keys, name to path; each may be missing."""
    return {path.name: path for path in (layout.store_key, layout.callback_key)}
