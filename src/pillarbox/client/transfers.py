"""One object or file moved, by whichever way leads from its source to its target."""

from __future__ import annotations

import errno
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from pillarbox.client.address import Address
from pillarbox.client.connection import Connection
from pillarbox.client.copy_plan import Job, Stream
from pillarbox.client.download import Downloader
from pillarbox.client.resumption import FORBID_OVERWRITE
from pillarbox.client.store_copy import StoreCopier
from pillarbox.client.transfer import PART_SIZE, Moved, Transferred
from pillarbox.client.upload import Uploader

_CONTENT_TYPE = "Content-Type"


@dataclass(frozen=True, slots=True)
class Transfers:
    """Moves what a job names.

    Attributes:
        checkpoints: directory for those of large transfers.
        stdin, stdout: what `-` stands for.
        headers: of objects that are written, such as `x-oss-meta-author`.
        forbid_overwrite: replace neither object nor file.
        part_size: bytes; None for what suits each way.
    """

    connection: Connection
    checkpoints: Path | None
    stdin: BinaryIO
    stdout: BinaryIO
    headers: Mapping[str, str] = field(default_factory=dict)
    forbid_overwrite: bool = False
    part_size: int | None = None

    def run(self, job: Job, moved: Moved) -> Transferred:
        """Do the job.

        Raises:
            OSError: a file can't be read or written, or is there and must not be replaced.
            ValueError: a stream is too long for its parts.
            StoreError: as `Connection.send`; what was moved is damaged; the source changed.
        """
        match job.source, job.target:
            case Path() as source, Address() as target:
                return self._uploader(source.name).upload_file(source, target, moved)
            case Stream(), Address() as target:
                return self._uploader(target.key).upload_stream(self.stdin, target, moved)
            case Address() as source, Stream():
                done = Downloader(self.connection).download_stream(source, self.stdout.write, moved)
                self.stdout.flush()
                return done
            case Address() as source, Path() as target:
                return self._download(source, target, moved)
            case Address() as source, Address() as target:
                return self._copier().copy(source, target, moved)
        raise AssertionError

    def _uploader(self, name: str) -> Uploader:
        headers = self._object_headers()
        if _CONTENT_TYPE not in headers and (guessed := content_type_of(name)) is not None:
            headers[_CONTENT_TYPE] = guessed
        part_size = PART_SIZE if self.part_size is None else self.part_size
        return Uploader(self.connection, self.checkpoints, part_size, headers)

    def _download(self, source: Address, target: Path, moved: Moved) -> Transferred:
        if self.forbid_overwrite and target.exists():
            raise FileExistsError(
                errno.EEXIST, "is there already, and --forbid-overwrite stands", str(target)
            )
        downloader = Downloader(self.connection, self.checkpoints)
        if self.part_size is not None:
            downloader = replace(downloader, resumed_from=self.part_size)
        return downloader.download_file(source, target, moved)

    def _copier(self) -> StoreCopier:
        copier = StoreCopier(self.connection, self.checkpoints, headers=self._object_headers())
        if self.part_size is None:
            return copier
        return replace(copier, largest_whole=self.part_size, part_size=self.part_size)

    def _object_headers(self) -> dict[str, str]:
        forbid = {FORBID_OVERWRITE: "true"} if self.forbid_overwrite else {}
        return {**self.headers, **forbid}


def content_type_of(name: str) -> str | None:
    """The type that a name's extension tells, None if it tells none."""
    guessed, encoding = mimetypes.guess_type(name)
    if encoding is None:
        return guessed
    # A packed file is of the packing's type: nobody shall unpack it on the way.
    return "application/gzip" if encoding == "gzip" else None
