"""Making a store of a backup, in a directory that has none.

All of it comes into a folder of that directory first, and takes its place at the end, the catalog
last. Whoever is killed on the way leaves what the next restore goes on with, and no server takes
for a store.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pillarbox.storage.backup.backup import key_files
from pillarbox.storage.backup.blob_copies import BlobCopies, Brought
from pillarbox.storage.backup.catalog_copy import CatalogCopy, as_os_errors
from pillarbox.storage.backup.file_copy import copy_file
from pillarbox.storage.backup.lease import lease_to_read
from pillarbox.storage.backup.marker import read_marker
from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.data_dir import make_data_dir
from pillarbox.storage.errors import LostBlob
from pillarbox.storage.layout import FOLDER_MODE, OF_FILE_SYSTEMS, Layout
from pillarbox.storage.pace import Pace
from pillarbox.storage.secret_file import write_secret_file


class Restore:
    """One store to be made of a backup.

    Attributes:
        lost: blobs that the backup doesn't have, each with what is there in its place.
        keys: names of the store's own keys that were in it.
    """

    def __init__(self, backup: Path, data_dir: Path, *, may_link: bool = True) -> None:
        """Writes nothing yet.

        Raises:
            OSError: one of them can't be read.
            ValueError: `backup` is none, or not a whole one, or `data_dir` isn't empty.
        """
        self.lost: list[LostBlob] = []
        self.keys: list[str] = []
        self._source = Layout(backup.absolute())
        self._target = Layout(data_dir.absolute())
        self._staging = Layout(self._target.restoring)
        self._may_link = may_link
        self._judge_source()
        self._judge_target()

    @as_os_errors()
    def make(self, begun: Callable[[int], Callable[[int], None]]) -> Brought:
        """Make it; for who holds the lock of the data directory, which is there.

        Args:
            begun: told how many bytes the blobs have, gives what to tell of those that are there.

        Raises:
            ValueError: the backup is damaged, or another is just made in its place.
            OSError: what the machine hindered.
        """
        with lease_to_read(self._source) as is_free:
            if not is_free:
                raise ValueError(f"{self._source.root} is in use: a backup is being made there")
            self._take_back()
            with closing(CatalogCopy(self._source.catalog)) as catalog:
                if flaw := catalog.flaw():
                    raise ValueError(f"the catalog in {self._source.root} is damaged: {flaw}")
                brought = self._bring(catalog, begun(catalog.bytes()))
            for name, path in key_files(self._source).items():
                if path.exists():
                    write_secret_file(self._staging.root / name, path.read_bytes(), WHOLE)
                    self.keys.append(name)
            copy_file(self._source.catalog, self._staging.catalog)
        self._put_in_place()
        return brought

    def _judge_source(self) -> None:
        root = self._source.root
        if read_marker(self._source) is None:
            raise ValueError(f"{root} holds no backup: give what `pillarbox backup --to` was given")
        if not self._source.catalog.is_file():
            raise ValueError(f"the backup in {root} was never finished: no store can be made of it")

    def _judge_target(self) -> None:
        root = self._target.root
        if not root.exists():
            return
        names = {path.name for path in root.iterdir()} - {"lock", *OF_FILE_SYSTEMS}
        if self._target.restoring.name in names and self._target.catalog.name not in names:
            names -= {self._target.restoring.name, *self._moved()}
        if names:
            raise ValueError(
                f"{root} is not empty: give a directory that is, or that is not there yet"
            )

    def _moved(self) -> list[str]:
        """What takes its place before the catalog, in this order."""
        return [self._target.blobs.name, *key_files(self._target)]

    def _take_back(self) -> None:
        """Begin, or go on with what was killed."""
        make_data_dir(self._staging.root)
        for name in self._moved():
            if (self._target.root / name).exists():
                (self._target.root / name).rename(self._staging.root / name)

    def _bring(self, catalog: CatalogCopy, told: Callable[[int], None]) -> Brought:
        self._staging.blobs.mkdir(FOLDER_MODE, exist_ok=True)
        pace = Pace(None, told)
        copies = BlobCopies(self._source, self._staging, pace, may_link=self._may_link)
        self.lost = copies.bring_all(catalog.blobs())
        return copies.brought

    def _put_in_place(self) -> None:
        sync_folder(self._staging.root)
        for name in self._moved():
            if (self._staging.root / name).exists():
                (self._staging.root / name).rename(self._target.root / name)
        sync_folder(self._target.root)
        self._staging.catalog.rename(self._target.catalog)
        sync_folder(self._target.root)
        shutil.rmtree(self._staging.root)
