"""Where things lie in the data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Everything in the data directory is for the owner alone: the catalog holds secrets.
FOLDER_MODE = 0o700
FILE_MODE = 0o600

#: What a directory may have that counts as empty: where a file system was mounted, its own.
OF_FILE_SYSTEMS = frozenset({"lost+found"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths in one data directory.

    Attributes:
        root: the data directory itself (`--data DIR`).
    """

    root: Path

    @property
    def catalog(self) -> Path:
        """The SQLite file; `-wal` and `-shm` lie beside it."""
        return self.root / "catalog.sqlite3"

    @property
    def catalog_lock(self) -> Path:
        """Whoever writes the catalog holds a flock on this file for the length of a transaction."""
        return self.root / "catalog.lock"

    @property
    def generation(self) -> Path:
        """The counter that tells every process to drop its caches."""
        return self.root / "generation"

    @property
    def root_access_key(self) -> Path:
        """Where earlier versions left a generated root AccessKey, its secret open."""
        return self.root / "root-access-key.json"

    @property
    def callback_key(self) -> Path:
        """The private key that callbacks are signed with, PEM."""
        return self.root / "callback-key.pem"

    @property
    def store_key(self) -> Path:
        """The key that secrets are sealed with, hexadecimal; absent if the environment has it."""
        return self.root / "store-key"

    @property
    def blobs(self) -> Path:
        """One folder for each run of a worker, `blobs/<run>/<blob id>`."""
        return self.root / "blobs"

    @property
    def runs_lock(self) -> Path:
        """Held while a run folder is made and while one is tested for being dead."""
        return self.root / "runs.lock"

    @property
    def metrics(self) -> Path:
        """What each process of a running server has counted; only where somebody asks for it."""
        return self.root / "metrics"

    @property
    def nonces(self) -> Path:
        """Which nonces of signed calls were used lately, an SQLite file; see `storage.nonces`."""
        return self.root / "nonces.sqlite3"

    @property
    def nonces_lock(self) -> Path:
        """Whoever reads or writes `nonces` holds a flock on this file."""
        return self.root / "nonces.lock"

    @property
    def refused_forms(self) -> Path:
        """Why forms were refused, for a bounded time: see `storage.journal`."""
        return self.root / "refused-forms"

    @property
    def quarantine(self) -> Path:
        """What `pillarbox fsck --repair` moved out of the way, a folder for each time."""
        return self.root / "quarantine"

    @property
    def backup_lock(self) -> Path:
        """Whoever makes a backup of the directory holds a shared flock on it, the reaper one alone.

        Whoever writes a backup into the directory holds it alone.
        """
        return self.root / "backup.lock"

    @property
    def backup_marker(self) -> Path:
        """Makes a backup known as one: see `storage.backup.marker`."""
        return self.root / "backup.json"

    @property
    def restoring(self) -> Path:
        """Where a store is made of a backup, before it takes its place."""
        return self.root / "restoring"
