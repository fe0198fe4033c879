"""From an object to another of the same store, by the store itself: no byte comes by here.

A large object is copied in parts, as a multipart upload whose id a checkpoint keeps. The same copy,
begun again after a kill, has those parts copied that are not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pillarbox.client.address import Address
from pillarbox.client.checkpoint import Checkpoint
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ChangedError, RefusedError
from pillarbox.client.multipart import MAX_PARTS, MultipartUploads, Part
from pillarbox.client.objects import ObjectFacts, Objects, check_crc64
from pillarbox.client.part_sending import PartSending
from pillarbox.client.resumption import FORBID_OVERWRITE, Resumption, is_over
from pillarbox.client.retries import retried
from pillarbox.client.transfer import Moved, Transferred, nobody, part_size_for, ranges
from pillarbox.model.limits import GIB, MIB

#: "CopyObject": up to 1 GB in older texts, 5 GB in newer ones.
LARGEST_WHOLE = GIB
COPY_PART_SIZE = 256 * MIB

_PRECONDITION_FAILED = 412

#: What an object keeps when it is copied in parts, which CopyObject keeps by itself.
_KEPT_HEADERS = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)


@dataclass(frozen=True, slots=True)
class StoreCopier:
    """Copies within one store.

    Attributes:
        checkpoints: directory for those of large copies; None to begin anew each time.
        largest_whole: bytes; a larger object is copied in parts.
        part_size: bytes.
        headers: of the copies, in place of the source's, such as Content-Type.
    """

    connection: Connection
    checkpoints: Path | None = None
    largest_whole: int = LARGEST_WHOLE
    part_size: int = COPY_PART_SIZE
    headers: Mapping[str, str] = field(default_factory=dict)

    def copy(self, source: Address, target: Address, moved: Moved = nobody) -> Transferred:
        """Copy an object.

        Raises:
            ChangedError: the source was replaced meanwhile.
            DamagedError: the copy has another CRC-64.
            StoreError: as `Connection.send`.
        """
        facts = Objects(self.connection).head(source)
        try:
            if facts.size > self.largest_whole:
                return self._copy_in_parts(source, facts, target, moved)
            return self._copy_whole(source, facts, target, moved)
        except RefusedError as refused:
            if refused.status == _PRECONDITION_FAILED:
                raise ChangedError(str(source)) from refused
            raise

    def _copy_whole(
        self, source: Address, facts: ObjectFacts, target: Address, moved: Moved
    ) -> Transferred:
        own = self._own_headers()
        headers = {"x-oss-copy-source-if-match": facts.etag, **own}
        if set(own) - {FORBID_OVERWRITE, "x-oss-object-acl"}:
            headers = {**kept_headers(facts), **headers, "x-oss-metadata-directive": "REPLACE"}
        retried(lambda: Objects(self.connection).copy(source, target, headers))
        copy = Objects(self.connection).head(target)
        if facts.crc64 is not None:
            check_crc64(target, copy.crc64, facts.crc64)
        moved(facts.size)
        return Transferred(facts.size, copy.crc64)

    def _copy_in_parts(
        self, source: Address, facts: ObjectFacts, target: Address, moved: Moved
    ) -> Transferred:
        part_size = part_size_for(facts.size, self.part_size, MAX_PARTS)
        copying = self._resumption(source, facts, target, part_size)
        try:
            earlier = copying.find()
        except RefusedError as refused:
            if not is_over(refused):
                raise
            earlier = None
        upload_id, there = earlier or (copying.begin(), {})
        parts: list[Part] = []
        kept = 0
        with PartSending() as sending:
            for number, first, size in ranges(facts.size, part_size):
                found = there.get(number)
                if found is not None and found.size == size:
                    parts.append(found)
                    moved(size)
                    kept += size
                else:
                    copy = partial(copying.uploads.copy, upload_id, number, source, facts.etag)
                    sending.submit(partial(_copy_part, partial(copy, first, size), moved))
            parts += sending.sent()
        told = copying.uploads.complete(upload_id, parts, copying.complete_headers())
        copying.forget()
        if facts.crc64 is not None:
            check_crc64(target, told, facts.crc64)
        return Transferred(facts.size, told, kept)

    def _resumption(
        self, source: Address, facts: ObjectFacts, target: Address, part_size: int
    ) -> Resumption:
        checkpoint = None
        if self.checkpoints is not None:
            endpoint = self.connection.endpoint
            checkpoint = Checkpoint(self.checkpoints, "copy", endpoint, str(source), str(target))
        return Resumption(
            MultipartUploads(self.connection, target),
            checkpoint,
            {"etag": facts.etag, "part_size": part_size},
            {**kept_headers(facts), **self._own_headers()},
        )

    def _own_headers(self) -> dict[str, str]:
        # Named as those that an answer tells, so that they take the place of these.
        return {name.lower(): value for name, value in self.headers.items()}


def _copy_part(copy: Callable[[], Part], moved: Moved) -> Part:
    part = retried(copy)
    moved(part.size)
    return part


def kept_headers(facts: ObjectFacts) -> dict[str, str]:
    """The headers of an object that a copy of it has too."""
    return {
        name: value
        for name, value in facts.headers.items()
        if name in _KEPT_HEADERS or name.startswith("x-oss-meta-")
    }
