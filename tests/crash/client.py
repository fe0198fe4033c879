"""A client whose uploads are noted, answered or not: for tests that send one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import oss2

from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.parted import PartedUpload, SentPart


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `code` is that of an error's XML, else empty."""

    status: int
    code: str = ""


#: The refusals that a failing or full disk and a held catalog may have.
FULL = Answer(507, "InsufficientStorage")
UNAVAILABLE = Answer(503, "ServiceUnavailable")


class Client:
    """Uploads to one server; a connection that breaks is an error of the test.

    Attributes:
        bucket: for requests that nothing is noted of.
    """

    def __init__(self, bucket: oss2.Bucket, ledger: Ledger) -> None:
        self.bucket = bucket
        self._ledger = ledger

    def put(self, key: str, data: bytes) -> Answer:
        """PutObject."""
        return self._noted(
            Attempt(key, Content.of(data)), lambda: self.bucket.put_object(key, data)
        )

    def begin(self, key: str) -> PartedUpload:
        """InitiateMultipartUpload, which must succeed."""
        return PartedUpload(key, self.bucket.init_multipart_upload(key).upload_id)

    def put_part(self, upload: PartedUpload, number: int, data: bytes) -> Answer:
        """UploadPart."""
        sent = SentPart(data)
        upload.parts.setdefault(number, []).append(sent)
        answer = answer_of(lambda: self.bucket.upload_part(upload.key, upload.id, number, data))
        sent.is_acknowledged = answer.status == 200
        return answer

    def complete(self, upload: PartedUpload) -> Answer:
        """CompleteMultipartUpload of all parts."""
        attempt = upload.completion = Attempt(upload.key, Content.of(upload.content()))
        listed = [
            oss2.models.PartInfo(number, Content.of(tries[-1].data).md5)
            for number, tries in sorted(upload.parts.items())
        ]
        answer = self._noted(
            attempt,
            lambda: self.bucket.complete_multipart_upload(upload.key, upload.id, listed),
        )
        upload.is_ended = answer.status == 200
        return answer

    def get(self, key: str) -> Answer:
        """GetObject, to its last byte."""
        return answer_of(lambda: self.bucket.get_object(key).read())

    def delete(self, key: str) -> Answer:
        """DeleteObject."""
        answer = answer_of(lambda: self.bucket.delete_object(key))
        if answer.status == 204:
            self._ledger.note_deleted(key)
        return answer

    def _noted(self, attempt: Attempt, ask: Callable[[], Any]) -> Answer:
        self._ledger.begin(attempt)
        answer = answer_of(ask)
        if answer.status == 200:
            self._ledger.end(attempt, Outcome.ACKNOWLEDGED)
        return answer


def answer_of(ask: Callable[[], Any]) -> Answer:
    """What was answered; what the client makes of no answer at all is raised."""
    try:
        found = ask()
    except oss2.exceptions.ServerError as error:
        return Answer(error.status, error.code)
    return Answer(getattr(found, "status", 200))
