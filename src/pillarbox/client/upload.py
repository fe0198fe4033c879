"""From a file or a stream to an object: in one request, or in parts that survive the process.

A file of more than one part goes up as a multipart upload, whose id a checkpoint keeps. The same
upload, begun again after a kill, asks the store which parts it has and sends those alone that are
not there or differ from the file: the file counts, not what an earlier run remembers of it. At the
end the CRC-64 of the whole must be the same on both sides.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pillarbox.client.address import Address
from pillarbox.client.checkpoint import Checkpoint
from pillarbox.client.connection import Connection
from pillarbox.client.crc64 import Crc64, crc64_of_bytes
from pillarbox.client.errors import ChangedError, RefusedError
from pillarbox.client.multipart import MAX_PARTS, MultipartUploads
from pillarbox.client.objects import Objects, check_crc64, crc64_of
from pillarbox.client.request import PIECE_SIZE, Request
from pillarbox.client.resumption import Resumption, is_over
from pillarbox.client.retries import retried
from pillarbox.client.sent_parts import send_parts
from pillarbox.client.transfer import (
    PART_SIZE,
    Moved,
    Transferred,
    counted,
    nobody,
    part_size_for,
)


@dataclass(frozen=True, slots=True)
class Uploader:
    """Uploads to one store.

    Attributes:
        checkpoints: directory for those of files; None to begin anew each time.
        part_size: bytes; a file or stream of more goes up in parts of this size.
        headers: of the objects, such as Content-Type; `x-oss-forbid-overwrite` too.
    """

    connection: Connection
    checkpoints: Path | None = None
    part_size: int = PART_SIZE
    headers: Mapping[str, str] = field(default_factory=dict)

    def upload_file(self, source: Path, target: Address, moved: Moved = nobody) -> Transferred:
        """Upload a file; one that is no plain file, such as a pipe, as a stream.

        Raises:
            OSError: it can't be read.
            ChangedError: it became another meanwhile; nothing is stored.
            DamagedError: the store has other bytes.
            StoreError: as `Connection.send`.
        """
        with source.open("rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                return self.upload_stream(file, target, moved)
            if before.st_size <= self.part_size:
                body = b"".join(_bodies(file, source, before, self.part_size))
                return self._put(body, target, moved)
            return self._upload_in_parts(file, source, before, target, moved)

    def upload_stream(
        self, source: BinaryIO, target: Address, moved: Moved = nobody
    ) -> Transferred:
        """Upload what comes until its end, of unknown length; it can't be resumed.

        Raises:
            ValueError: it has over 10,000 parts.
            DamagedError: the store has other bytes.
            StoreError: as `Connection.send`. No part is left in the store.
        """
        begin = _read_fully(source, self.part_size)
        if len(begin) < self.part_size:
            return self._put(begin, target, moved)
        upload = Resumption(MultipartUploads(self.connection, target), None, {}, self.headers)
        upload_id = upload.begin()
        try:
            bodies = _stream_bodies(begin, source, self.part_size)
            sent = send_parts(upload.uploads, upload_id, bodies, moved)
            told = upload.uploads.complete(upload_id, sent.parts, upload.complete_headers())
        except BaseException:
            upload.drop(upload_id)
            raise
        check_crc64(target, told, sent.crc64)
        return Transferred(sent.size, told)

    def _put(self, body: bytes, target: Address, moved: Moved) -> Transferred:
        # With its MD5 the store takes no damaged body at all.
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        headers = {**self.headers, "Content-MD5": base64.b64encode(digest).decode("ascii")}
        request = Request("PUT", target.bucket, target.key, {}, headers, body)
        answer = retried(lambda: counted(moved, lambda sent: self.connection.ask(request, sent)))
        told = crc64_of(answer)
        check_crc64(target, told, crc64_of_bytes(body))
        return Transferred(len(body), told)

    def _upload_in_parts(
        self, file: BinaryIO, source: Path, before: os.stat_result, target: Address, moved: Moved
    ) -> Transferred:
        part_size = part_size_for(before.st_size, self.part_size, MAX_PARTS)
        upload = self._resumption(source, before, target, part_size)
        try:
            earlier = upload.find()
        except RefusedError as refused:
            if not is_over(refused):
                raise
            earlier = None
            upload.forget()
            # Killed between the store's last yes and its own last line, it had done all.
            if (done := self._find_done(file, before.st_size, target)) is not None:
                moved(done.size)
                return done
        upload_id, there = earlier or (upload.begin(), {})
        try:
            bodies = _bodies(file, source, before, part_size)
            sent = send_parts(upload.uploads, upload_id, bodies, moved, there)
        except ChangedError:
            upload.drop(upload_id)
            raise
        told = upload.uploads.complete(upload_id, sent.parts, upload.complete_headers())
        upload.forget()
        check_crc64(target, told, sent.crc64)
        return Transferred(sent.size, told, sent.kept)

    def _resumption(
        self, source: Path, before: os.stat_result, target: Address, part_size: int
    ) -> Resumption:
        uploads = MultipartUploads(self.connection, target)
        if self.checkpoints is None:
            return Resumption(uploads, None, {}, self.headers)
        checkpoint = Checkpoint(
            self.checkpoints,
            "upload",
            self.connection.endpoint,
            str(target),
            str(source.resolve()),
        )
        state = {
            "size": before.st_size,
            "modified_ns": before.st_mtime_ns,
            "part_size": part_size,
        }
        return Resumption(uploads, checkpoint, state, self.headers)

    def _find_done(self, file: BinaryIO, size: int, target: Address) -> Transferred | None:
        found = Objects(self.connection).find(target)
        if found is None or found.size != size or found.crc64 is None:
            return None
        crc = Crc64()
        file.seek(0)
        while piece := file.read(PIECE_SIZE):
            crc.update(piece)
        return Transferred(size, crc.value, size) if crc.value == found.crc64 else None


def _bodies(
    file: BinaryIO, source: Path, before: os.stat_result, part_size: int
) -> Iterator[bytes]:
    """A file's parts; behind the last of them ChangedError if it is not what it was."""
    file.seek(0)
    size = 0
    while body := file.read(part_size):
        size += len(body)
        if size > before.st_size:
            break
        yield body
    after = os.fstat(file.fileno())
    if size != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        raise ChangedError(str(source))


def _stream_bodies(begin: bytes, source: BinaryIO, part_size: int) -> Iterator[bytes]:
    body = begin
    while body:
        yield body
        body = _read_fully(source, part_size)


def _read_fully(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, less only at the end: a pipe gives what it has."""
    pieces: list[bytes] = []
    missing = size
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
