"""One page of a listing of versions (OSS: "ListObjectVersions").

Keys are walked as `listing` walks them, markers and all; each key's current version is followed by
its others, the youngest first. A page ends within a key where it must.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pillarbox.model.objects import ListedVersion, VersionListing
from pillarbox.model.versioning import NamedVersion
from pillarbox.storage.catalog import version_statements as versions
from pillarbox.storage.catalog.listing import common_prefix, walk
from pillarbox.storage.catalog.rows import listed_version

#: No sequence is greater.
_NEWEST = 2**63 - 1


def list_versions(
    cursor: Any,
    bucket_id: int,
    *,
    prefix: bytes,
    delimiter: bytes,
    start_after: bytes,
    after_version: NamedVersion | None,
    max_keys: int,
) -> VersionListing:
    """The page, by a cursor of the driver within one reading transaction.

    Args:
        after_version: of the key `start_after`, the version that the page before ended with; None
            to begin with the key behind it.
    """
    found: list[ListedVersion] = []
    prefixes: list[bytes] = []
    last: tuple[bytes, NamedVersion | None] | None = None
    if max_keys <= 0:
        return VersionListing((), (), None)
    walk = _Walk(cursor, bucket_id, prefix, delimiter, max_keys + 1)
    for entry in walk.entries(start_after, after_version):
        if len(found) + len(prefixes) == max_keys:
            return VersionListing(tuple(found), tuple(prefixes), last)
        if isinstance(entry, bytes):
            prefixes.append(entry)
            last = (entry, None)
        else:
            found.append(entry)
            last = (entry.key, NamedVersion(entry.version_id))
    return VersionListing(tuple(found), tuple(prefixes), None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A way through the versions of a bucket; `limit` is the most that will be asked for."""

    cursor: Any
    bucket_id: int
    prefix: bytes
    delimiter: bytes
    limit: int

    def entries(
        self, start_after: bytes, after_version: NamedVersion | None
    ) -> Iterator[ListedVersion | bytes]:
        """Versions and common prefixes, from the place that a page ended at."""
        if after_version is not None and self._is_listed(start_after):
            yield from self._rest(start_after, after_version)
        for entry in walk(self._rows, self.prefix, self.delimiter, start_after, self.limit):
            if isinstance(entry, bytes):
                yield entry
            else:
                yield listed_version(entry, is_latest=True)
                yield from self._older(entry[0], _NEWEST)

    def _rows(self, first: bytes, end: bytes | None, limit: int) -> Iterator[tuple[Any, ...]]:
        if end is None:
            found = self.cursor.execute(versions.LIST_CURRENT_FROM, (self.bucket_id, first, limit))
        else:
            found = self.cursor.execute(
                versions.LIST_CURRENT_BETWEEN, (self.bucket_id, first, end, limit)
            )
        # The same cursor reads the other versions of each key meanwhile.
        return iter(found.fetchall())

    def _is_listed(self, key: bytes) -> bool:
        """Whether versions of a key are entries of their own."""
        rolled_up = self.delimiter and common_prefix(key, self.prefix, self.delimiter)
        return key.startswith(self.prefix) and not rolled_up

    def _older(self, key: bytes, sequence: int) -> Iterator[ListedVersion]:
        found = self.cursor.execute(
            versions.LIST_OLDER, (self.bucket_id, key, sequence, self.limit)
        )
        for row in found.fetchall():
            yield listed_version(row, is_latest=False)

    def _rest(self, key: bytes, after: NamedVersion) -> Iterator[ListedVersion]:
        """The versions of a key older than one, which may be gone since it was listed."""
        current = self.cursor.execute(
            versions.LIST_CURRENT_FROM, (self.bucket_id, key, 1)
        ).fetchone()
        if current is None or current[0] != key:
            return
        latest = listed_version(current, is_latest=True)
        if latest.version_id == after.id:
            yield from self._older(key, _NEWEST)
            return
        row = self.cursor.execute(versions.NONCURRENT, (self.bucket_id, key, after.id)).fetchone()
        if row is not None:
            yield from self._older(key, row[-1])
            return
        for version in (latest, *self._older(key, _NEWEST)):
            # Ids are in the order of time; the null version's place is not known.
            if version.version_id is None or after.id is None or version.version_id < after.id:
                yield version
