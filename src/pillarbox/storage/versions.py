"""Versions of objects, where a bucket keeps them (OSS: "Versioning")."""

from __future__ import annotations

from pillarbox.model.objects import Bucket, StoredObject, VersionListing
from pillarbox.model.versioning import NamedVersion
from pillarbox.storage.catalog import objects
from pillarbox.storage.catalog.version_listing import list_versions
from pillarbox.storage.catalog_access import CatalogAccess


class ObjectVersions:
    """Those of the objects of a store."""

    def __init__(self, access: CatalogAccess) -> None:
        self._access = access

    async def find(
        self, bucket: Bucket, key: bytes, named: NamedVersion | None
    ) -> StoredObject | None:
        """The named or else the current version of a key, which may be a delete marker."""
        if named is None:
            return await self._access.by_cursor(
                lambda cursor: objects.find_current(cursor, bucket.id, key)
            )
        return await self._access.by_cursor(
            lambda cursor: objects.find_version(cursor, bucket.id, key, named.id)
        )

    async def list(
        self,
        bucket: Bucket,
        *,
        prefix: bytes = b"",
        delimiter: bytes = b"",
        start_after: bytes = b"",
        after_version: NamedVersion | None = None,
        max_keys: int = 100,
    ) -> VersionListing:
        """The first `max_keys` versions and common prefixes; see `list_versions` of the catalog."""
        return await self._access.by_cursor_in_transaction(
            lambda cursor: list_versions(
                cursor,
                bucket.id,
                prefix=prefix,
                delimiter=delimiter,
                start_after=start_after,
                after_version=after_version,
                max_keys=max_keys,
            )
        )
