"""The digests of a form's file as it comes, beside those that the form brings along."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable

from pillarbox.forms.submitted_checksums import SubmittedDigest
from pillarbox.model.limits import KIB
from pillarbox.storage.running_checksum import running_checksum
from pillarbox.storage.running_hash import RunningHash

#: Larger pieces are digested in a thread, to keep the event loop idle.
_LONG = 64 * KIB


class FileDigests:
    """Digests of one file."""

    def __init__(self, submitted: Iterable[SubmittedDigest]) -> None:
        """Compute what was `submitted`, nothing else."""
        self._running = [(digest, _running(digest)) for digest in submitted]

    async def update(self, piece: bytes) -> None:
        """Take in the next piece of the file."""
        for _, running in self._running:
            if len(piece) > _LONG:
                await asyncio.to_thread(running.update, piece)
            else:
                running.update(piece)

    def check(self) -> None:
        """Raise the refusal `BadDigest` unless the file has every digest that was submitted."""
        for digest, running in self._running:
            digest.check(running.digest())


def _running(digest: SubmittedDigest) -> RunningHash:
    if digest.algorithm is None:
        return hashlib.md5(usedforsecurity=False)
    return running_checksum(digest.algorithm)
