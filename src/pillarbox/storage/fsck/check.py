"""The whole check of a store: `pillarbox fsck`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.migration import check_is_newest
from pillarbox.storage.catalog.schema import bucket_usage
from pillarbox.storage.fsck.blob_examination import BlobExamination
from pillarbox.storage.fsck.counters import wrong_counters
from pillarbox.storage.fsck.fault import Fault, FaultKind
from pillarbox.storage.fsck.loose_files import loose_files
from pillarbox.storage.fsck.loose_rows import loose_rows
from pillarbox.storage.fsck.named_blobs import Checked, NamedBlobs
from pillarbox.storage.layout import Layout
from pillarbox.storage.pace import Pace

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

#: SQLite tells at most so many flaws of a damaged catalog.
_MOST = 100

_ADVICE = "restore a backup, or save what is left by `sqlite3 catalog.sqlite3 .recover`"

_NO_BLOBS = Fault(
    FaultKind.LOST,
    "blobs",
    "the folder of blobs",
    "no such folder; the check ends here",
    advice="mount the disk that it is on, or restore a backup",
)


class Check:
    """A check of a prepared data directory, beside running servers or without any.

    Attributes:
        checked: how much was looked at so far.
        pace: how many bytes were read.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        with_crc: bool = True,
        bytes_per_second: int | None = None,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Open the catalog.

        Args:
            with_crc: read all bytes; else sizes alone are compared.
            bytes_per_second: how fast at most; None for as fast as it goes.
            told: hears how many bytes were read, often.
        """
        self.checked = Checked()
        self.pace = Pace(bytes_per_second, told)
        self._layout = Layout(data_dir)
        self._catalog = Catalog(self._layout)
        self._with_crc = with_crc

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()

    def expected_bytes(self) -> int | None:
        """About how many bytes there are to read: what the counters say. Copies count anew.

        None where the catalog can't tell.
        """
        counted = select(func.coalesce(func.sum(bucket_usage.c.bytes), 0))
        with suppress(DatabaseError), self._catalog.reading() as connection:
            return int(connection.execute(counted).scalar_one())
        return None

    def faults(self) -> Iterator[Fault]:
        """All faults, as they are found.

        Raises:
            ValueError: the catalog is of another version of Pillarbox.
            OSError: the directory can't be read.
            DBAPIError: the catalog can't be, for another reason than that it is damaged.
        """
        try:
            with self._catalog.reading() as connection:
                flaws = list(connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST})"))
            for (flaw,) in flaws:
                if flaw != "ok":
                    yield _damage(flaw)
            with self._catalog.reading() as connection:
                check_is_newest(connection)
            if not self._layout.blobs.is_dir():
                yield _NO_BLOBS  # not each object by itself: nobody should agree to drop them all
                return
            yield from self._of_named_blobs()
            yield from loose_rows(self._catalog)
            yield from wrong_counters(self._catalog)
            yield from loose_files(self._layout, self._catalog, self.checked)
        except DatabaseError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if code & 0xFF not in _DAMAGED:
                raise
            yield _damage(f"{error.orig}; the check ends here")

    def _of_named_blobs(self) -> Iterator[Fault]:
        examination = BlobExamination(
            self._layout, self._catalog, self.pace, with_crc=self._with_crc
        )
        with closing(examination):
            yield from NamedBlobs(self._catalog, examination, self.checked).faults()


def _damage(flaw: str) -> Fault:
    return Fault(
        FaultKind.CATALOG,
        "catalog.sqlite3",
        "a catalog that SQLite finds whole",
        " ".join(flaw.split()),
        advice=_ADVICE,
    )
