"""The copy of a catalog that a backup has: made beside its writers, read without a trace.

It is opened as a file that nobody changes, so that neither a log nor a lock appears beside it and a
medium that can't be written will do.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.layout import FILE_MODE, Layout

#: Seconds that it waits for a checkpoint or a recovery.
_BUSY_SECONDS = 30

#: Files that an object, a version or a part needs; a list that waits for the reaper needs none.
_NAMED = """
    SELECT blob_id, size FROM objects WHERE blob_id GLOB 'f*'
    UNION SELECT blob_id, size FROM noncurrent_versions WHERE blob_id GLOB 'f*'
    UNION SELECT blob_id, size FROM parts WHERE blob_id GLOB 'f*'
    UNION SELECT blob_id, size FROM object_blobs WHERE blob_id GLOB 'f*'
        AND object_blob_id NOT IN (SELECT blob_id FROM garbage)
    ORDER BY blob_id
"""


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Raise sqlite3's errors as OSError: like any file, a catalog may not be readable."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"SQLite can't read the catalog: {error}") from error


def copy_catalog(layout: Layout, path: Path) -> None:
    """Copy the catalog of a store to `path` as it stands at one moment (SQLite: "Online Backup").

    In one step: between two an upload would make it begin anew. Nobody waits for it, for readers
    of a write-ahead log hold no writer up. Durable but for its name. Raises OSError, sqlite3.Error.
    """
    path.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, FILE_MODE)
    try:
        with (
            closing(_connect(layout.catalog, "mode=rw")) as source,
            closing(sqlite3.connect(path, isolation_level=None)) as target,
        ):
            # Whatever goes wrong, nobody takes a copy under this name for one.
            target.execute("PRAGMA journal_mode = OFF")
            source.backup(target)
        WHOLE.sync_data(descriptor)
    finally:
        os.close(descriptor)


class CatalogCopy:
    """A catalog at rest. Methods raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path, "mode=ro&immutable=1")

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def flaw(self) -> str | None:
        """What SQLite finds damaged in it first; None if nothing is."""
        try:
            ((verdict,),) = self._connection.execute("PRAGMA quick_check(1)")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:  # not even its schema can be read
            return str(error)
        return None if verdict == "ok" else str(verdict)

    def blobs(self) -> Iterator[tuple[str, int]]:
        """Id and size in bytes of each blob file that it needs, those of a run together."""
        yield from self._connection.execute(_NAMED)

    def bytes(self) -> int:
        """The size of these together."""
        ((total,),) = self._connection.execute(f"SELECT SUM(size) FROM ({_NAMED})")  # noqa: S608
        return int(total or 0)

    def needed(self, blob_ids: Sequence[str]) -> set[str]:
        """Those of some hundred blob ids that a row has, be it one of a list to be let go."""
        marks = ", ".join("?" * len(blob_ids))
        query = " UNION ".join(
            f"SELECT blob_id FROM {table} WHERE blob_id IN ({marks})"  # noqa: S608
            for table in ("objects", "noncurrent_versions", "parts", "object_blobs")
        )
        return {row[0] for row in self._connection.execute(query, [*blob_ids] * 4)}


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=_BUSY_SECONDS, isolation_level=None
    )
