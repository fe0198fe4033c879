"""The store's uploads in parts (OSS: "Multipart upload").

Parts are kept as they come, each durable before it is acknowledged. Completing an upload writes
rows only: the object is the list of its parts' blobs.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from pillarbox.model.acl import WriteRule
from pillarbox.model.multipart import (
    MIN_PART_SIZE,
    MultipartUpload,
    Part,
    UploadListing,
    WholeObject,
    chosen_parts,
    whole_of,
)
from pillarbox.model.multipart_checksum import ClaimedChecksums, whole_checksum
from pillarbox.model.object_checksum import ChosenChecksum, ObjectChecksum
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.refusals import NO_SUCH_UPLOAD, SERVICE_UNAVAILABLE
from pillarbox.model.write_condition import WriteCondition
from pillarbox.storage.blobs.blob_id import BlobIds
from pillarbox.storage.catalog import multipart
from pillarbox.storage.catalog.outbox import WaitingCallback
from pillarbox.storage.catalog.upload_listing import list_uploads
from pillarbox.storage.catalog_access import CatalogAccess
from pillarbox.storage.opening import Openings
from pillarbox.storage.reading import ObjectReader
from pillarbox.storage.running_checksum import composite

#: Somebody who uploads parts while the upload is completed can have it reckoned anew so often.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class PartRules:
    """What a completion holds the parts to.

    Attributes:
        min_size: bytes that every part but the last must have.
        claimed: what the client says of checksums; None for one that knows none.
    """

    min_size: int = MIN_PART_SIZE
    claimed: ClaimedChecksums | None = None


#: As OSS holds parts.
OSS_PARTS = PartRules()


@dataclass(frozen=True, slots=True)
class Completion:
    """An upload about to be completed: reckoned, and not yet done.

    Attributes:
        spec: of the upload, with the completion's own `forbid_overwrite` and `condition`, and the
            checksum of the whole.
        rules: what its parts were held to.
    """

    upload: MultipartUpload
    spec: ObjectSpec
    whole: WholeObject
    rules: PartRules


class MultipartUploads:
    """The multipart uploads of a store. Parts are written by `Store.begin_upload`."""

    def __init__(self, catalog: CatalogAccess, ids: BlobIds, openings: Openings) -> None:
        self._catalog = catalog
        self._ids = ids
        self._openings = openings

    def open_parts(self, parts: Sequence[Part]) -> ObjectReader:
        """The bytes of parts of an upload, one behind the other; they are no object yet."""
        return self._openings.parts(parts)

    async def part_sizes(self, obj: StoredObject) -> tuple[int, ...] | None:
        """Bytes of each part that an object was uploaded in, None if it came in one piece.

        Parts are counted in their order, whatever numbers they had. LostBlob if some are gone.
        """
        return await self._openings.part_sizes(obj)

    async def begin(
        self,
        bucket: Bucket,
        spec: ObjectSpec,
        owner_id: str,
        write_rule: WriteRule | None,
        *,
        checksum: ChosenChecksum | None = None,
    ) -> str:
        """The id of a new upload.

        Args:
            checksum: what its parts will be checked with, kept as `MultipartUpload.checksum`.

        Refusals: `NoSuchBucket`, `InsufficientStorage`, and what `write_rule` raises.
        """
        upload_id = secrets.token_hex(16).upper()
        await self._catalog.change(
            partial(
                multipart.add_upload,
                bucket=bucket,
                upload_id=upload_id,
                spec=spec,
                owner_id=owner_id,
                write_rule=write_rule,
                checksum=checksum,
            ),
            weight=1,  # nobody should begin what a full disk won't let him go on with
        )
        return upload_id

    async def find(self, bucket: Bucket, key: bytes, upload_id: str) -> MultipartUpload:
        """The upload of that id and key; refusal `NoSuchUpload`."""
        found = await self._catalog.by_connection(
            lambda connection: multipart.find_upload(connection, bucket.id, key, upload_id)
        )
        if found is None:
            raise NO_SUCH_UPLOAD(UploadId=upload_id[:128])
        return found

    async def parts(
        self, upload: MultipartUpload, *, after: int = 0, limit: int | None = None
    ) -> Sequence[Part]:
        """The parts with numbers over `after`, in order."""
        return await self._catalog.by_cursor(
            lambda cursor: multipart.parts_of(cursor, upload.id, after=after, limit=limit)
        )

    async def list(
        self,
        bucket: Bucket,
        *,
        prefix: bytes = b"",
        delimiter: bytes = b"",
        after: tuple[bytes, str] = (b"", ""),
        max_uploads: int = 1000,
    ) -> UploadListing:
        """The uploads behind `after`; an empty id stands behind every upload of its key."""
        return await self._catalog.by_cursor_in_transaction(
            lambda cursor: list_uploads(
                cursor,
                bucket.id,
                prefix=prefix,
                delimiter=delimiter,
                after=after,
                max_uploads=max_uploads,
            )
        )

    async def reckon(
        self,
        upload: MultipartUpload,
        wanted: Sequence[tuple[int, str]] | None,
        *,
        forbid_overwrite: bool = False,
        condition: WriteCondition | None = None,
        rules: PartRules = OSS_PARTS,
    ) -> Completion:
        """What the upload becomes, of the parts that `wanted` names by number and ETag.

        Args:
            wanted: None for all parts there are.
            forbid_overwrite, condition: decided by `complete`, in its transaction.

        Refusals: `NoSuchUpload` if it was completed or aborted meanwhile; see `chosen_parts` and
        `whole_checksum`.
        """
        found, parts = await self._catalog.by_connection(partial(_upload_and_parts, upload=upload))
        if found is None:
            raise NO_SUCH_UPLOAD(UploadId=upload.id)
        # Ten thousand parts take half a second: not on the event loop.
        whole, checksum = await asyncio.to_thread(_reckon, found, parts, wanted, rules)
        spec = replace(
            upload.spec,
            forbid_overwrite=forbid_overwrite,
            condition=condition,
            checksum=checksum,
            upload_id=upload.id,
        )
        return Completion(upload, spec, whole, rules)

    async def complete(
        self,
        bucket: Bucket,
        completion: Completion,
        write_rule: WriteRule | None,
        callback: WaitingCallback | None = None,
    ) -> StoredObject:
        """Make the object visible; returns when that is durable.

        A part that was uploaded again since the reckoning has another ETag nearly always, and is
        reckoned again where it has not.

        Refusals: `NoSuchUpload`, `NoSuchBucket`, `InvalidPart`, `FileAlreadyExists`, what
        `write_rule` and the condition raise; all are decided in the transaction.
        """
        for _ in range(_TRIES):
            stored = await self._catalog.change(
                partial(
                    multipart.complete_upload,
                    bucket=bucket,
                    upload=completion.upload,
                    spec=completion.spec,
                    whole=completion.whole,
                    new_list_id=self._ids.composite,
                    write_rule=write_rule,
                    callback=callback,
                )
            )
            if stored is not None:
                return stored
            wanted = [(part.number, part.etag) for part in completion.whole.parts]
            completion = await self.reckon(
                completion.upload,
                wanted,
                forbid_overwrite=completion.spec.forbid_overwrite,
                condition=completion.spec.condition,
                rules=completion.rules,
            )
        raise SERVICE_UNAVAILABLE()

    async def abort(self, bucket: Bucket, key: bytes, upload_id: str) -> None:
        """Forget an upload and its parts; refusal `NoSuchUpload`."""
        await self._catalog.change(
            partial(multipart.abort_upload, bucket=bucket, key=key, upload_id=upload_id)
        )

    async def count(self, bucket: Bucket) -> tuple[int, int]:
        """How many uploads a bucket has, and how many parts they have together."""
        return await self._catalog.by_connection(
            lambda connection: multipart.count_of(connection, bucket.id)
        )


def _upload_and_parts(
    connection: Connection, upload: MultipartUpload
) -> tuple[MultipartUpload | None, Sequence[Part]]:
    """An upload as it stands, None if it is gone, and its parts: one state of the catalog."""
    found = multipart.find_upload(connection, upload.bucket_id, upload.spec.key, upload.id)
    return found, multipart.parts_of(connection.connection.cursor(), upload.id)


def _reckon(
    upload: MultipartUpload,
    parts: Sequence[Part],
    wanted: Sequence[tuple[int, str]] | None,
    rules: PartRules,
) -> tuple[WholeObject, ObjectChecksum | None]:
    if wanted is None:
        wanted = [(part.number, part.etag) for part in parts]
    chosen = chosen_parts(wanted, {part.number: part for part in parts}, rules.min_size)
    checksum = whole_checksum(upload.checksum, chosen, rules.claimed, composite)
    return whole_of(chosen), checksum
