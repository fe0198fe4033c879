"""The bytes of one object as they come, in order; what breaks off is asked for again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pillarbox.client.address import Address
from pillarbox.client.connection import Connection
from pillarbox.client.crc64 import Crc64
from pillarbox.client.errors import ChangedError, DamagedError, RefusedError, StoreError
from pillarbox.client.objects import ObjectFacts, check_crc64
from pillarbox.client.request import Request
from pillarbox.client.retries import TRIES, may_pass, pause_before
from pillarbox.client.transfer import Moved, Transferred, nobody

_PRECONDITION_FAILED = 412


def _ignore(_: ObjectFacts) -> None:
    pass


@dataclass(slots=True)
class Fetching:
    """One object on its way here.

    Attributes:
        write: takes the bytes.
        learned: is told what the object is, before its first byte.
        crc: of the bytes that are here, whose number says from where on the rest is fetched.
        etag: of the object that they are of, in double quotes; None before anything is known.
    """

    connection: Connection
    source: Address
    write: Callable[[bytes], object]
    moved: Moved = nobody
    learned: Callable[[ObjectFacts], None] = _ignore
    crc: Crc64 = field(default_factory=Crc64)
    etag: str | None = None

    def run(self) -> Transferred:
        """Fetch the rest and check the whole.

        Raises:
            ChangedError: the object was replaced meanwhile.
            DamagedError: what came is not what the store tells of it.
            StoreError: as `Connection.send`.
        """
        kept = self.crc.size
        return self.checked(self._fetch_patiently(), kept)

    def checked(self, facts: ObjectFacts, kept: int) -> Transferred:
        """What has become of the object, of which `kept` bytes were here at first.

        Raises:
            DamagedError: the bytes that are here are not those of `facts`.
        """
        if self.crc.size != facts.size:
            raise DamagedError(str(self.source), f"{self.crc.size} bytes came of {facts.size}")
        check_crc64(self.source, facts.crc64, self.crc.value)
        return Transferred(facts.size, facts.crc64, kept)

    def _fetch_patiently(self) -> ObjectFacts:
        tries = 1
        while True:
            begun_at = self.crc.size
            try:
                return self._fetch()
            except StoreError as error:
                if isinstance(error, RefusedError) and error.status == _PRECONDITION_FAILED:
                    raise ChangedError(str(self.source)) from error
                # Who gets on is not given up.
                tries = 2 if self.crc.size > begun_at else tries + 1
                if tries > TRIES or not may_pass(error):
                    raise
                time.sleep(pause_before(tries))

    def _fetch(self) -> ObjectFacts:
        headers = {}
        if self.etag is not None:
            headers["If-Match"] = self.etag
        if self.crc.size:
            headers["Range"] = f"bytes={self.crc.size}-"
            # Else a range that can't be is answered by the whole (OSS: "GetObject").
            headers["x-oss-range-behavior"] = "standard"
        request = Request("GET", self.source.bucket, self.source.key, {}, headers)
        with self.connection.open(request) as answer:
            facts = ObjectFacts.of(answer.head())
            if self.etag is None:
                self.etag = facts.etag
                self.learned(facts)
            elif facts.etag != self.etag:
                raise ChangedError(str(self.source))
            if self.crc.size and answer.status != 206:
                raise answer.head().foreign("the whole object in place of the rest of it")
            for piece in answer.pieces:
                self.write(piece)
                self.crc.update(piece)
                self.moved(len(piece))
        return facts
