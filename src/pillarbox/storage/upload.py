"""The bytes of one object, or of a part of one, on their way in.

Up to 64 KiB they are kept in memory, hashed on the spot and stored in the catalog; what is larger
goes through two lanes into a blob. Nothing is visible before `commit` returns, and whatever goes
wrong before leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from fastcrc import crc64

from pillarbox.model.acl import WriteRule
from pillarbox.model.limits import KIB
from pillarbox.model.multipart import Part
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.objects import Bucket, Digests, ObjectSpec, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.storage.blobs.blob_file import BlobFile, Buffer
from pillarbox.storage.blobs.directory import BlobDirectory
from pillarbox.storage.catalog.appending import Append, append_object
from pillarbox.storage.catalog.group_commit import Change, GroupCommit, Ticket
from pillarbox.storage.catalog.multipart import put_part
from pillarbox.storage.catalog.outbox import WaitingCallback
from pillarbox.storage.catalog.put_objects import Put
from pillarbox.storage.errors import as_refusal, is_surely_undone
from pillarbox.storage.lanes import Pipeline

#: Objects up to this many bytes live in the catalog.
INLINE_SIZE = 64 * KIB

#: What is handed to the lanes at once; measured: 1 MiB is no faster and takes four times the
#: memory for stalled uploads.
_BUFFER_SIZE = 256 * KIB

#: hashlib's HASHLIB_GIL_MINSIZE, less one.
_LOCKED_HASHING = 2047

#: Smaller chunks are copied together, so that a client sending single bytes costs no more.
_SMALL_CHUNK = 16 * KIB

#: Runs a coroutine to its end even if whoever asked for it is cancelled.
Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Gathering:
    """Chunks that wait until there are enough of them."""

    __slots__ = ("_buffers", "_tail", "size")

    def __init__(self) -> None:
        self._buffers: list[Buffer] = []
        self._tail: bytearray | None = None
        self.size = 0

    def add(self, chunk: Buffer) -> None:
        """Append a chunk; a large one is kept as it is, not copied."""
        self.size += len(chunk)
        if len(chunk) >= _SMALL_CHUNK:
            self._buffers.append(chunk)
            self._tail = None
        elif self._tail is None:
            self._tail = bytearray(chunk)
            self._buffers.append(self._tail)
        else:
            self._tail += chunk

    def take(self) -> list[Buffer]:
        """All that was gathered, leaving nothing."""
        taken, self._buffers, self._tail, self.size = self._buffers, [], None, 0
        return taken


class _Written(NamedTuple):
    """Bytes that are safe, not visible yet. An empty object has no blob."""

    digests: Digests
    blob_id: str | None
    inline: bytes | None


class Upload:
    """Bytes of an object or a part being written; ended by one of the commits or by `abort`.

    A chunk given to `write` belongs to the upload: don't change it afterwards. Failures of disk
    or catalog are refusals (see `errors.as_refusal`). After a failure or a
    cancellation the upload has cleaned up after itself, and `abort` is allowed but not needed.

    Attributes:
        size: bytes written so far.
    """

    def __init__(
        self,
        bucket: Bucket,
        blobs: BlobDirectory,
        commits: GroupCommit,
        hashing: Executor,
        writing: Executor,
        spawn: Spawn,
    ) -> None:
        self.size = 0
        self._bucket = bucket
        self._blobs = blobs
        self._commits = commits
        self._hashing = hashing
        self._writing = writing
        self._spawn = spawn
        self._gathering = Gathering()
        self._file: BlobFile | None = None
        self._pipeline: Pipeline | None = None
        self._inline: bytes | None = None
        self._digests: Digests | None = None
        self._ticket: Ticket[Any] | None = None
        self._cleaning: asyncio.Task[None] | None = None
        self._is_committed = False

    async def write(self, chunk: Buffer) -> None:
        """Take the next bytes; waits while the disk is behind."""
        self._check_open()
        self.size += len(chunk)
        self._gathering.add(chunk)
        if self._gathering.size < _BUFFER_SIZE:
            return
        with self._cleaning_up():
            await self._send_on().has_room()

    def rest(self) -> bool:
        """Hold no bytes while the client stands still; whether there were any to let go of.

        A few bytes are kept, and what may yet turn out to be a small object.
        """
        has_ended = self._cleaning is not None or self._digests is not None
        if has_ended or self._gathering.size < _SMALL_CHUNK or self.size <= INLINE_SIZE:
            return False
        self._send_on()
        return True

    async def finish(self) -> Digests:
        """Size and hashes of all bytes, which then are safe but not visible yet."""
        if self._digests is not None:
            return self._digests
        self._check_open()
        with self._cleaning_up():
            if self._pipeline is None and self.size <= INLINE_SIZE:
                self._digests = self._finish_inline()
            else:
                self._digests = await self._finish_file()
        return self._digests

    async def commit(
        self,
        spec: ObjectSpec,
        owner_id: str,
        write_rule: WriteRule | None = None,
        callback: WaitingCallback | None = None,
    ) -> StoredObject:
        """Make the object visible under its key; returns when that is durable.

        Args:
            write_rule: asked whether the writer still may; None for who always may.
            callback: to wait in the outbox from then on, written in the object's transaction.

        Refusals: `NoSuchBucket` if the bucket no longer stands, what `write_rule` and
        `spec.condition` raise, `FileAlreadyExists` if the key is taken and
        `spec.forbid_overwrite`; all are decided in the transaction that commits.
        """
        written = await self._written()
        put = Put(
            self._bucket.id,
            self._bucket.name,
            spec,
            owner_id,
            written.digests,
            written.blob_id,
            written.inline,
            write_rule,
            callback,
        )
        stored: StoredObject = await self._commit(put)
        return stored

    async def commit_part(
        self,
        key: bytes,
        upload_id: str,
        number: int,
        write_rule: WriteRule | None = None,
        *,
        checksum: ObjectChecksum | None = None,
    ) -> Part:
        """Keep the bytes as a part of a multipart upload; returns when that is durable.

        Args:
            checksum: of S3's, which the bytes have, to be kept with the part.

        Refusals: `NoSuchBucket`, `NoSuchUpload` if the upload was completed or aborted meanwhile,
        `QuotaExceeded`, and what `write_rule` raises.
        """
        written = await self._written()
        change = Change(
            partial(
                put_part,
                bucket=self._bucket,
                key=key,
                upload_id=upload_id,
                number=number,
                digests=written.digests,
                blob_id=written.blob_id,
                inline=written.inline,
                write_rule=write_rule,
                checksum=checksum,
            ),
            weight=len(written.inline or b""),
        )
        part: Part = await self._commit(change)
        return part

    async def commit_append(
        self, spec: ObjectSpec, owner_id: str, position: int, write_rule: WriteRule | None = None
    ) -> StoredObject:
        """Add the bytes to the end of an object, which must be at `position`, or make it of them.

        Returns the object as it then is, when that is durable. Refusals: see `append_object`.
        """
        written = await self._written()
        append = Append(
            self._bucket,
            spec,
            owner_id,
            position,
            written.digests,
            written.blob_id,
            written.inline,
            write_rule,
        )
        change = Change(
            partial(append_object, append=append, ids=self._blobs.ids),
            weight=max(1, len(written.inline or b"")),
        )
        stored: StoredObject = await self._commit(change)
        return stored

    async def abort(self) -> None:
        """Leave nothing behind, unless the object is committed already. May be called twice.

        What a commit has that is still under way is cleared up behind it.
        """
        if self._is_committed:
            return
        cleaning = self._clean_up()
        if self._ticket is None or self._ticket.outcome.done():
            await asyncio.shield(cleaning)

    async def _written(self) -> _Written:
        digests = await self.finish()
        self._check_open()
        if self._inline is None:
            assert self._file is not None
            return _Written(digests, self._file.blob_id, None)
        if not self._inline:
            return _Written(digests, None, None)
        return _Written(digests, self._blobs.ids.inline(), self._inline)

    async def _commit(self, change: Put | Change[Any]) -> Any:
        with self._cleaning_up():
            self._ticket = self._commits.submit(change)
            outcome = await self._commits.outcome(self._ticket)
        self._is_committed = True
        return outcome

    def _send_on(self) -> Pipeline:
        """Send what was gathered into the lanes."""
        if self._pipeline is None:
            self._file = self._blobs.new_file()
            self._pipeline = Pipeline(self._file, self._hashing, self._writing)
        self._pipeline.push(self._gathering.take())
        return self._pipeline

    def _finish_inline(self) -> Digests:
        # On the loop's thread: 64 KiB are hashed faster than handed to another.
        self._inline = b"".join(self._gathering.take())
        return Digests(self.size, _md5_of_small(self._inline), crc64.xz(self._inline))

    async def _finish_file(self) -> Digests:
        pipeline = self._send_on() if self._gathering.size else self._pipeline
        assert pipeline is not None
        failed_syncs = self._blobs.failed_syncs  # before the name is given
        md5, crc = await pipeline.finish()
        await self._blobs.make_names_durable(failed_syncs)
        return Digests(self.size, md5, crc)

    def _check_open(self) -> None:
        if self._cleaning is not None or self._ticket is not None:
            raise RuntimeError("this upload has ended")

    @contextmanager
    def _cleaning_up(self) -> Iterator[None]:
        """Whatever is raised within ends the upload; errors come out as refusals."""
        try:
            yield
        except BaseException as error:
            self._clean_up()
            if isinstance(error, Refusal) or not isinstance(error, Exception):
                raise
            raise as_refusal(error) from error

    def _clean_up(self) -> asyncio.Task[None]:
        if self._cleaning is None:
            self._cleaning = self._spawn(self._remove_traces())
        return self._cleaning

    async def _remove_traces(self) -> None:
        self._gathering.take()
        if self._ticket is not None and await _may_be_committed(self._ticket):
            return
        if self._pipeline is not None:
            await self._pipeline.discard()


def _md5_of_small(content: bytes) -> bytes:
    """MD5 of few bytes without letting go of the interpreter's lock.

    hashlib lets go of it for 2,048 bytes and more, and to get it back from the thread that writes
    the catalog takes ten times as long as hashing 4 KiB.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    view = memoryview(content)
    for start in range(0, len(view), _LOCKED_HASHING):
        md5.update(view[start : start + _LOCKED_HASHING])
    return md5.digest()


async def _may_be_committed(ticket: Ticket[Any]) -> bool:
    """Wait for the outcome of a commit; False if the object is surely not in the catalog.

    A commit that failed in the catalog itself, other than for want of room or of its lock, may
    still turn up after a crash. Then its blob stays, and the sweep decides.
    """
    ticket.is_withdrawn = True
    await asyncio.wait([ticket.outcome])
    if ticket.outcome.cancelled():
        return False
    error = ticket.outcome.exception()
    return error is None or not is_surely_undone(error)
