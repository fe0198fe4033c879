"""From an object to a file or a stream: in order, and on from where an earlier run was broken off.

The bytes go into a file beside the target, which takes the target's name when all of them are
there and their CRC-64 is the object's. A checkpoint keeps of which object that file is: by its
ETag, which every request for the rest demands. After a kill the same download goes on behind the
last byte.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pillarbox.client.address import Address
from pillarbox.client.checkpoint import Checkpoint
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ChangedError, DamagedError
from pillarbox.client.fetching import Fetching
from pillarbox.client.objects import ObjectFacts, Objects
from pillarbox.client.request import PIECE_SIZE
from pillarbox.client.transfer import PART_SIZE, Moved, Transferred, nobody


class BusyError(OSError):
    """Another process downloads into the same file."""


@dataclass(frozen=True, slots=True)
class Downloader:
    """Downloads from one store.

    Attributes:
        checkpoints: directory for those of files; None to begin anew each time.
        resumed_from: bytes; of a smaller object no checkpoint is kept.
    """

    connection: Connection
    checkpoints: Path | None = None
    resumed_from: int = PART_SIZE

    def download_stream(
        self, source: Address, write: Callable[[bytes], object], moved: Moved = nobody
    ) -> Transferred:
        """Give an object's bytes to `write`, in order; raises as `Fetching.run`."""
        return Fetching(self.connection, source, write, moved).run()

    def download_file(self, source: Address, target: Path, moved: Moved = nobody) -> Transferred:
        """Make an object a file, in place of any that is there; a device or pipe gets its bytes.

        Raises:
            BusyError: another process does so.
            OSError: it can't be written.
            ChangedError, DamagedError, StoreError: as `Fetching.run`.
        """
        # A link stays one: what it leads to is written.
        target = target.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as sink:
                return self.download_stream(source, sink.write, moved)
        checkpoint = self._checkpoint(source, target)
        partial = target.with_name(f".{target.name}.pillarbox-part")
        with _locked(partial) as file:
            try:
                done = self._fetch(source, file, checkpoint, moved)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                if checkpoint is None or checkpoint.load() is None:
                    _unlink(partial)
                raise
            partial.replace(target)
        if checkpoint is not None:
            checkpoint.forget()
        return done

    def _fetch(
        self, source: Address, file: BinaryIO, checkpoint: Checkpoint | None, moved: Moved
    ) -> Transferred:
        fetching = Fetching(self.connection, source, file.write, moved)
        if checkpoint is None:
            file.truncate(0)
            return fetching.run()

        def learned(facts: ObjectFacts) -> None:
            if facts.size > self.resumed_from:
                checkpoint.save({"etag": facts.etag, "size": facts.size})

        fetching.learned = learned
        kept = checkpoint.load()
        size = os.fstat(file.fileno()).st_size
        if kept is None or not size:
            checkpoint.forget()
            file.truncate(0)
            return fetching.run()
        try:
            return self._resume(fetching, file, str(kept.get("etag")))
        except (ChangedError, DamagedError):
            # What was kept is of no use. Whether the object is sound, all of it must tell.
            checkpoint.forget()
            moved(-fetching.crc.size)
            file.seek(0)
            file.truncate(0)
            afresh = Fetching(self.connection, source, file.write, moved, learned)
            return afresh.run()

    def _resume(self, fetching: Fetching, file: BinaryIO, etag: str) -> Transferred:
        while piece := file.read(PIECE_SIZE):
            fetching.crc.update(piece)
            fetching.moved(len(piece))
        fetching.etag = etag
        # A range must have a byte, and what is there may be all.
        facts = Objects(self.connection).head(fetching.source)
        if facts.etag != etag:
            raise ChangedError(str(fetching.source))
        if fetching.crc.size >= facts.size:
            return fetching.checked(facts, fetching.crc.size)
        return fetching.run()

    def _checkpoint(self, source: Address, target: Path) -> Checkpoint | None:
        if self.checkpoints is None:
            return None
        endpoint = self.connection.endpoint
        path = str(target)
        return Checkpoint(self.checkpoints, "download", endpoint, str(source), path)


@contextlib.contextmanager
def _locked(partial: Path) -> Iterator[BinaryIO]:
    """The file, made if absent, for this process alone where the platform can tell."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(partial, flags, 0o666), "r+b") as file:
        _lock(file, partial)
        yield file


def _lock(file: BinaryIO, partial: Path) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(
            None, "another process downloads into it: wait until that is done", str(partial)
        ) from None


def _unlink(partial: Path) -> None:
    with contextlib.suppress(OSError):
        partial.unlink()
