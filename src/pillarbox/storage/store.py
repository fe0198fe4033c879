"""The one door to what is stored: buckets, objects, uploads, AccessKeys.

The methods are called on a server's event loop, which stays idle: whatever may wait for a disk
runs in threads. What a method has answered is durable. Failures of the catalog are refusals.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pillarbox.model.accounts import Role
from pillarbox.model.acl import BucketAcl, ObjectAcl, WriteRule
from pillarbox.model.deletion import Deletion, Removal
from pillarbox.model.metrics import NO_METER, Meter
from pillarbox.model.objects import (
    AccessKey,
    Bucket,
    BucketStat,
    Listing,
    ObjectSpec,
    StoredObject,
)
from pillarbox.model.versioning import NamedVersion, Versioning
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage.blobs.directory import BlobDirectory
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.blobs.pins import Pins
from pillarbox.storage.blobs.run_folder import RunFolder
from pillarbox.storage.catalog import access_keys, buckets, copying, identities, objects
from pillarbox.storage.catalog.bucket_stat import stat_of
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.group_commit import GroupCommit
from pillarbox.storage.catalog.listing import list_objects
from pillarbox.storage.catalog.readers import Readers
from pillarbox.storage.catalog_access import CatalogAccess
from pillarbox.storage.generation import Generation, GenerationCache
from pillarbox.storage.layout import Layout
from pillarbox.storage.multipart import MultipartUploads
from pillarbox.storage.opening import Openings
from pillarbox.storage.reading import ObjectReader
from pillarbox.storage.sealing import Sealer
from pillarbox.storage.store_key import read_store_key
from pillarbox.storage.upload import Upload
from pillarbox.storage.versions import ObjectVersions
from pillarbox.storage.waiting_callbacks import WaitingCallbacks

#: Threads that write and sync files, and that read them: many, for they mostly wait. They are
#: apart, so that no download stands behind uploads that are being forced to the disk.
_WRITING_THREADS = 16
_READING_THREADS = 8


class Store:
    """The store of one data directory as one worker process uses it. Made by `open`.

    Attributes:
        multipart: its uploads in parts.
        versions: of its objects.
        callbacks: that wait.
    """

    def __init__(
        self,
        catalog: Catalog,
        folder: RunFolder,
        layout: Layout,
        durability: Durability,
        sealer: Sealer,
    ) -> None:
        self._catalog = catalog
        self._sealer = sealer
        self._generation = Generation(layout.generation)
        self._buckets: GenerationCache[str, Bucket] = GenerationCache(self._generation)
        self._keys: GenerationCache[str, AccessKey] = GenerationCache(self._generation)
        self._roles: GenerationCache[tuple[str, str], Role] = GenerationCache(self._generation)
        self._readers = Readers(catalog)
        self._commits = GroupCommit(catalog, self._generation, folder.room, durability.meter)
        self._hashing = ThreadPoolExecutor(os.cpu_count() or 1, "hash")
        self._writing = ThreadPoolExecutor(_WRITING_THREADS, "blob-writer")
        self._reading = ThreadPoolExecutor(_READING_THREADS, "blob-reader")
        self._blobs = BlobDirectory(layout, folder, durability, self._writing)
        self._access = CatalogAccess(self._readers, self._commits)
        self._openings = Openings(self._access, self._blobs, Pins(folder), self._reading)
        self.multipart = MultipartUploads(self._access, self._blobs.ids, self._openings)
        self.versions = ObjectVersions(self._access)
        self.callbacks = WaitingCallbacks(self._access)
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls, data_dir: Path, durability: Durability = WHOLE, meter: Meter = NO_METER
    ) -> Store:
        """Open the store in a worker, after the fork, in a directory made by `prepare`.

        Makes a folder for this run's blobs and locks it. Raises FileNotFoundError if the
        directory was not prepared, ValueError for a store key that is none.
        """
        layout = Layout(data_dir)
        durability = durability.told_to(meter)
        if not layout.catalog.exists():
            raise FileNotFoundError(f"{layout.catalog} is missing: prepare the directory first")
        sealer = Sealer(read_store_key(layout))
        folder = await asyncio.to_thread(RunFolder.create, layout, durability)
        store = cls(Catalog(layout, durability), folder, layout, durability, sealer)
        # Whoever died in the midst of a change has left every cache unused.
        await asyncio.to_thread(store._forget_caches)
        return store

    async def close(self) -> None:
        """Finish what is being committed or cleaned up, then let go of everything."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.to_thread(self._commits.close)
        await asyncio.to_thread(self._readers.close)
        for threads in (self._hashing, self._writing, self._reading):
            await asyncio.to_thread(threads.shutdown)
        self._blobs.close()
        self._catalog.close()
        self._generation.close()

    async def check(self) -> None:
        """Ask the catalog something small; its failure is a refusal."""
        await self._access.by_cursor(buckets.ask)

    # --- buckets ------------------------------------------------------------------------------

    async def create_bucket(
        self,
        name: str,
        owner_id: str,
        acl: BucketAcl,
        region: str,
        *,
        strict_forms: bool = False,
        storage_class: str = "Standard",
        configs: Mapping[str, str] | None = None,
    ) -> Bucket:
        """Make a bucket; refusals `BucketAlreadyExists` (any owner) and `TooManyBuckets`.

        Args:
            configs: documents by kind, see `Bucket.configs`.
        """
        return await self._access.change(
            partial(
                buckets.create_bucket,
                name=name,
                owner_id=owner_id,
                acl=acl,
                region=region,
                storage_class=storage_class,
                strict_forms=strict_forms,
                configs=configs,
            ),
            is_cached=True,
        )

    async def bucket(self, name: str) -> Bucket | None:
        """The bucket of that name; from memory unless something changed."""
        if (known := self._buckets.get(name)) is not None:
            return known
        generation = self._generation.current()
        found = await self._access.by_connection(
            lambda connection: buckets.find_bucket(connection, name)
        )
        if found is not None:
            self._buckets.put(name, found, generation)
        return found

    async def list_buckets(
        self, owner_id: str, *, prefix: str = "", start_after: str = "", limit: int | None = None
    ) -> tuple[Bucket, ...]:
        """The first `limit` buckets of an account with names greater than `start_after`."""
        return await self._access.by_connection(
            lambda connection: buckets.buckets_of(
                connection, owner_id, prefix=prefix, start_after=start_after, limit=limit
            )
        )

    async def bucket_stat(self, bucket: Bucket) -> BucketStat:
        """What a bucket holds."""
        return await self._access.by_connection(lambda connection: stat_of(connection, bucket.id))

    async def set_bucket_acl(self, bucket: Bucket, acl: BucketAcl) -> None:
        """Change a bucket's ACL; refusal `NoSuchBucket`."""
        await self._access.change(
            partial(buckets.change_bucket, bucket=bucket, acl=str(acl)), is_cached=True
        )

    async def set_bucket_versioning(self, bucket: Bucket, versioning: Versioning) -> None:
        """Keep former versions of objects from now on, or no more; refusal `NoSuchBucket`."""
        await self._access.change(
            partial(buckets.change_bucket, bucket=bucket, versioning=str(versioning)),
            is_cached=True,
        )

    async def set_bucket_config(self, bucket: Bucket, kind: str, document: str) -> None:
        """Keep a document of a kind, such as `cors`; refusal `NoSuchBucket`.

        From then on `bucket` gives it in `Bucket.configs`, in every process.
        """
        await self._access.change(
            partial(buckets.set_config, bucket=bucket, kind=kind, document=document),
            is_cached=True,
        )

    async def edit_bucket_config(
        self, bucket: Bucket, kind: str, edit: Callable[[str | None], str | None]
    ) -> None:
        """Change a document by what it is then, None for none; refusal `NoSuchBucket`."""
        await self._access.change(
            partial(buckets.edit_config, bucket=bucket, kind=kind, edit=edit), is_cached=True
        )

    async def remove_bucket_config(self, bucket: Bucket, kind: str) -> None:
        """Remove a document, if there is one; refusal `NoSuchBucket`."""
        await self._access.change(
            partial(buckets.remove_config, bucket=bucket, kind=kind), is_cached=True
        )

    async def delete_bucket(self, bucket: Bucket) -> None:
        """Delete an empty bucket; refusals `NoSuchBucket` and `BucketNotEmpty`."""
        await self._access.change(partial(buckets.delete_bucket, bucket=bucket), is_cached=True)

    # --- objects ------------------------------------------------------------------------------

    def begin_upload(self, bucket: Bucket) -> Upload:
        """An object's bytes on their way in; nothing is opened before more than 64 KiB came."""
        return Upload(bucket, self._blobs, self._commits, self._hashing, self._writing, self._spawn)

    async def object(self, bucket: Bucket, key: bytes) -> StoredObject | None:
        """The object under a key; a small one comes with its bytes."""
        return await self._access.by_cursor(
            lambda cursor: objects.find_object(cursor, bucket.id, key)
        )

    async def copy_object(
        self,
        source: StoredObject,
        bucket: Bucket,
        spec: ObjectSpec,
        owner_id: str,
        write_rule: WriteRule | None = None,
    ) -> StoredObject | None:
        """Put a copy of an object under `spec.key` of `bucket`, without reading its bytes again.

        Args:
            source: as it was when somebody decided that it may be copied.
            spec: without a checksum the copy has that of the source.

        None if the source has changed since, or is gone: then decide again. Refusals:
        `NoSuchBucket`, `FileAlreadyExists`, what `write_rule` and `spec.condition` raise.
        """
        return await self._access.change(
            partial(
                copying.copy_object,
                source=source,
                bucket=bucket,
                spec=spec,
                owner_id=owner_id,
                ids=self._blobs.ids,
                write_rule=write_rule,
            ),
            weight=max(1, len(source.inline or b"")),
        )

    async def delete_object(
        self,
        bucket: Bucket,
        key: bytes,
        write_rule: WriteRule | None = None,
        condition: WriteCondition | None = None,
        version: NamedVersion | None = None,
    ) -> Deletion:
        """Delete an object, or one version of it.

        Refusals: `NoSuchBucket`, and what `write_rule` (None for who always may) and `condition`
        raise when the transaction shows them what stands.
        """
        removal = Removal(key, write_rule, version)
        return await self._access.change(
            lambda connection: objects.delete_object(connection, bucket, removal, condition)
        )

    async def delete_objects(self, bucket: Bucket, removals: Sequence[Removal]) -> list[Deletion]:
        """Delete several objects and versions in one transaction, all or none, in this order.

        Refusals: as of `delete_object`; one that concerns a key names it in `Key`.
        """
        return await self._access.change(
            lambda connection: objects.delete_objects(connection, bucket, removals)
        )

    async def set_object_tags(
        self,
        bucket: Bucket,
        key: bytes,
        tags: Mapping[str, str],
        write_rule: WriteRule | None = None,
        version: NamedVersion | None = None,
    ) -> str | None:
        """Give an object, or one version, these tags and no others; the id of the version.

        Refusals: `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker, and what
        `write_rule` raises.
        """
        return await self._access.change(
            lambda connection: objects.set_object_tags(
                connection, bucket, key, tags, write_rule, version
            )
        )

    async def set_object_acl(
        self,
        bucket: Bucket,
        key: bytes,
        acl: ObjectAcl,
        write_rule: WriteRule | None = None,
        version: NamedVersion | None = None,
    ) -> str | None:
        """Change the ACL of an object, or of one version; the id of the version.

        Refusals: as of `set_object_tags`.
        """
        return await self._access.change(
            lambda connection: objects.set_object_acl(
                connection, bucket, key, acl, write_rule, version
            )
        )

    async def list_objects(
        self,
        bucket: Bucket,
        *,
        prefix: bytes = b"",
        delimiter: bytes = b"",
        start_after: bytes = b"",
        max_keys: int = 100,
    ) -> Listing:
        """The first `max_keys` entries greater than `start_after`, in byte order."""
        return await self._access.by_cursor_in_transaction(
            lambda cursor: list_objects(
                cursor,
                bucket.id,
                prefix=prefix,
                delimiter=delimiter,
                start_after=start_after,
                max_keys=max_keys,
            )
        )

    async def open_object(self, obj: StoredObject) -> ObjectReader:
        """Open an object's bytes, before the answer begins; LostBlob if they are gone."""
        return await self._openings.object(obj)

    # --- AccessKeys and roles ---------------------------------------------------------------------

    async def access_key(self, key_id: str) -> AccessKey | None:
        """The AccessKey of that id, enabled or not; from memory unless something changed."""
        if (known := self._keys.get(key_id)) is not None:
            return known
        generation = self._generation.current()
        found = await self._access.by_connection(
            lambda connection: access_keys.find_access_key(connection, key_id, self._sealer)
        )
        if found is not None:
            self._keys.put(key_id, found, generation)
        return found

    async def role(self, account_id: str, name: str) -> Role | None:
        """The role of that name, with its policies; from memory unless something changed."""
        if (known := self._roles.get((account_id, name))) is not None:
            return known
        generation = self._generation.current()
        found = await self._access.by_connection(
            lambda connection: identities.find_role(connection, account_id, name)
        )
        if found is not None:
            self._roles.put((account_id, name), found, generation)
        return found

    # --- within -------------------------------------------------------------------------------

    def _forget_caches(self) -> None:
        with self._catalog.locked(), self._generation.changing():
            pass

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
