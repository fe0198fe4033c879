"""Nonces that were used lately, known to every worker and after a restart.

A small SQLite file of its own: what is in it is worth nothing half an hour later, so it is not
forced to the disk, and no upload waits behind it. A power cut may cost the last ones.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.layout import FILE_MODE, Layout

_SCHEMA = """
CREATE TABLE IF NOT EXISTS used (
    number INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    name TEXT NOT NULL,
    used_us INTEGER NOT NULL,
    UNIQUE (holder, name)
);
CREATE INDEX IF NOT EXISTS used_by_time ON used (used_us);
"""
_OLDEST = "SELECT number FROM used WHERE holder = ? ORDER BY used_us, number LIMIT 1"


class UsedNonces:
    """The nonces of one data directory. Any thread may call; all may wait for the disk.

    Raises sqlite3.Error and OSError where the disk fails.
    """

    def __init__(self, data_dir: Path) -> None:
        """Nothing is opened before the first use."""
        layout = Layout(data_dir)
        self._path, self._lock = layout.nonces, layout.nonces_lock
        self._alone = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def use(self, holder: str, name: str, now_us: int, kept_us: int, capacity: int) -> bool:
        """Whether `holder` uses `name` for the first time.

        Args:
            now_us: microseconds since the Unix epoch, UTC.
            kept_us: how long one is remembered, microseconds.
            capacity: how many of a holder are; the oldest goes first.
        """
        with self._alone, holding(self._lock), self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM used WHERE used_us < ?", (now_us - kept_us,))
            row = (holder, name)
            found = connection.execute("SELECT 1 FROM used WHERE holder = ? AND name = ?", row)
            if found.fetchone() is not None:
                return False
            held = connection.execute("SELECT count(*) FROM used WHERE holder = ?", (holder,))
            if held.fetchone()[0] >= capacity:
                connection.execute(f"DELETE FROM used WHERE number = ({_OLDEST})", (holder,))  # noqa: S608
            connection.execute(
                "INSERT INTO used (holder, name, used_us) VALUES (?, ?, ?)", (*row, now_us)
            )
        return True

    def count(self) -> int:
        """How many are remembered."""
        with self._alone, holding(self._lock), self._connection() as connection:
            return int(connection.execute("SELECT count(*) FROM used").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._alone:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _connection(self) -> sqlite3.Connection:
        """As a context manager it commits, or rolls back where something is raised."""
        if self._open is None:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                # In WAL mode this can't corrupt the file (SQLite: "PRAGMA synchronous").
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(_SCHEMA)
            except BaseException:
                connection.close()
                raise
            self._open = connection
        return self._open
