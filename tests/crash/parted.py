"""Uploads in parts: what was sent and answered of each, and a connection that sends them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import oss2

from tests.crash.bounds import Bounds, Kind, answered
from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.serving import BUCKET, DoomedServer

KIB = 1024

#: An answer that comes after this many seconds comes never.
_ANSWER_SECONDS = 30


@dataclass(slots=True)
class SentPart:
    """One try to store a part."""

    data: bytes
    is_acknowledged: bool = False


@dataclass(slots=True)
class PartedUpload:
    """An upload whose beginning was acknowledged.

    Attributes:
        parts: for each number the tries in their order.
        completion: was asked for, if it isn't None.
        is_aborting: its abortion was asked for.
        is_ended: one of the two was acknowledged.
    """

    key: str
    id: str
    parts: dict[int, list[SentPart]] = field(default_factory=dict)
    completion: Attempt | None = None
    is_aborting: bool = False
    is_ended: bool = False

    def content(self) -> bytes:
        """All bytes, if each part is what was sent last."""
        return b"".join(self.parts[number][-1].data for number in sorted(self.parts))


class PartedConnection:
    """One client that uploads in parts: completes most, aborts some, leaves some as they are."""

    def __init__(
        self,
        load: Bounds,
        server: DoomedServer,
        ledger: Ledger,
        parted: list[PartedUpload],
        seed: int,
        *,
        has_files: bool,
    ) -> None:
        """
        Args:
            parted: each upload is noted there.
            has_files: whether parts may be large enough for files, and so be more than one.
        """
        self._load = load
        self._ledger = ledger
        self._parted = parted
        self._random = random.Random(f"{seed}/parted")
        self._name = f"load/{seed:08x}/parted"
        self._has_files = has_files
        self._number = 0
        self._bucket = bucket_of(server)

    def run(self) -> None:
        """Send until something is not answered or the load has ended."""
        while self._upload():
            self._number += 1

    def close(self) -> None:
        """Let go of the connection."""
        self._bucket.session.session.close()

    def _upload(self) -> bool:
        """One upload; whether all of it was answered."""
        key = f"{self._name}/{self._number}"
        if self._random.random() < 0.3:
            key = f"load/overwritten/parted/{self._random.randrange(3)}"
        begun = answered(self._load, lambda: self._bucket.init_multipart_upload(key))
        if begun is None:
            return False
        upload = PartedUpload(key, begun.upload_id)
        self._parted.append(upload)
        numbers = [1] if not self._has_files else sorted(self._random.sample(range(1, 10_000), 3))
        for number in numbers:
            is_last = number == numbers[-1]
            for _ in range(1 + (self._random.random() < 0.2)):  # now and then once more
                if not self._put(upload, number, is_large=self._has_files and not is_last):
                    return False
        return self._end(upload)

    def _put(self, upload: PartedUpload, number: int, *, is_large: bool) -> bool:
        # All parts but the last have 100 KiB at least.
        low, high = (100, 400) if is_large else (1, 60)
        data = self._random.randbytes(self._random.randint(low * KIB, high * KIB))
        if not self._load.may_send(len(data)):
            return False
        sent = SentPart(data)
        upload.parts.setdefault(number, []).append(sent)
        if is_large:
            self._load.about_to_send(Kind.PART)
        answer = answered(
            self._load, lambda: self._bucket.upload_part(upload.key, upload.id, number, data)
        )
        if answer is None:
            return False
        assert answer.etag == Content.of(data).md5
        sent.is_acknowledged = True
        return True

    def _end(self, upload: PartedUpload) -> bool:
        luck = self._random.random()
        if luck < 0.2:
            return True  # as a client does that was switched off
        if luck < 0.3:
            upload.is_aborting = True
            answer = answered(
                self._load, lambda: self._bucket.abort_multipart_upload(upload.key, upload.id)
            )
            upload.is_ended = answer is not None
            return upload.is_ended
        attempt = upload.completion = Attempt(upload.key, Content.of(upload.content()))
        self._ledger.begin(attempt)
        listed = [
            oss2.models.PartInfo(number, Content.of(upload.parts[number][-1].data).md5)
            for number in sorted(upload.parts)
        ]
        self._load.about_to_send(Kind.COMPLETION)
        done = answered(
            self._load,
            lambda: self._bucket.complete_multipart_upload(upload.key, upload.id, listed),
        )
        if done is None:
            return False
        upload.is_ended = True
        self._ledger.end(attempt, Outcome.ACKNOWLEDGED)
        return True


def bucket_of(server: DoomedServer, name: str = BUCKET) -> oss2.Bucket:
    """A bucket, as its owner sees it."""
    auth = oss2.Auth(server.access_key.id, server.access_key.secret)
    return oss2.Bucket(auth, server.base_url, name, connect_timeout=_ANSWER_SECONDS)
