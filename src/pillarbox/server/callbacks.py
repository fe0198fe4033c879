"""The callback of one upload, from what the client asked for to what it hears (OSS: "Callback").

callback_of_request   what a PUT or a completion asks for; a form's: `forms.submitted_object`
admit                 before a byte is kept: may its hosts be called?
UploadCallback.see    the file's first bytes, if the body tells of a picture
UploadCallback.commit commits the object, then calls: the site's answer becomes the client's
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field, replace
from typing import Protocol

from pillarbox.callback.call import Call, call_of
from pillarbox.callback.image import HEAD_SIZE, image_info
from pillarbox.callback.retry import (
    CALLBACK_RETRY,
    Delivery,
    delivery_document,
    read_retry_document,
)
from pillarbox.callback.submitted import SubmittedCallback, read_callback, read_variables
from pillarbox.callback.template import UploadFacts
from pillarbox.jobs.deliveries import next_due_ms
from pillarbox.model import refusals
from pillarbox.model.metrics import CALLBACKS_GIVEN_UP
from pillarbox.model.objects import Bucket, Digests, ObjectSpec, StoredObject
from pillarbox.model.refusals import Refusal
from pillarbox.model.versioning import Versioning
from pillarbox.outgoing.messenger import CallOutcome, Messenger
from pillarbox.outgoing.resolution import ForbiddenAddressError, PinnedTarget, UnknownHostError
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.stored_headers import upload_headers
from pillarbox.storage.clock import now_ms
from pillarbox.storage.outbox import NEVER_MS, WaitingCallback, first_try

_log = logging.getLogger("pillarbox")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What a callback tells of the object that is about to become visible.

    Attributes:
        etag: without quotes.
        size: bytes.
        crc64: CRC-64/XZ, unsigned.
        md5: 16 bytes; None where nobody has read the whole (OSS: "Callback", contentMd5).
    """

    spec: ObjectSpec
    etag: str
    size: int
    crc64: int
    md5: bytes | None

    @classmethod
    def whole(cls, spec: ObjectSpec, digests: Digests) -> Uploaded:
        """Of an object that came in one piece."""
        return cls(spec, digests.etag, digests.size, digests.crc64, digests.md5)


class Commit(Protocol):
    """Makes an object visible."""

    async def __call__(self, *, callback: WaitingCallback | None) -> StoredObject:
        """The object, when that is durable; `callback` waits in the outbox from then on."""


@dataclass(slots=True)
class UploadCallback:
    """A callback that was let in.

    Attributes:
        targets: its URLs, with the addresses that were judged.
        bucket: which may wish that failed calls be tried again.
    """

    callback: SubmittedCallback
    targets: tuple[PinnedTarget, ...]
    bucket: Bucket
    _head: bytearray = field(default_factory=bytearray)

    @property
    def head_size(self) -> int:
        """How many of the file's first bytes `see` wants, 0 for none."""
        return HEAD_SIZE if self.callback.template.asks_for_image else 0

    def see(self, piece: bytes) -> None:
        """Take the next piece of the file."""
        missing = self.head_size - len(self._head)
        if missing > 0:
            self._head += piece[:missing]

    async def commit(
        self, request: Request, service: Service, uploaded: Uploaded, commit: Commit
    ) -> tuple[StoredObject, Answer]:
        """Make the object visible, then call the site.

        Args:
            commit: makes it visible, with the callback that is to wait if it fails.

        Returns:
            The object, and what the client hears: the site's JSON, or 203 with the object kept.
        """
        callback_id = secrets.randbits(62)
        call = self._call(request, uploaded, f"{callback_id:016x}")
        delivery = self._delivery(call)
        if delivery is None:
            stored = await commit(callback=None)
            call = self._of_version(call, stored)
            outcome = await service.messenger.call(call, self.targets)
            if outcome.answer is None:
                service.meter.add(CALLBACKS_GIVEN_UP)
        else:
            request_text = delivery_document(delivery)
            waiting = first_try(
                callback_id, self.bucket.id, uploaded.spec.key, request_text, now_ms()
            )
            stored = await commit(callback=waiting)
            call = self._of_version(call, stored)
            outcome = await service.messenger.call(call, self.targets)
            await _settle(service, waiting, delivery, outcome)
        return stored, answer_of(outcome, stored, request, self.bucket.versioning)

    def _of_version(self, call: Call, stored: StoredObject) -> Call:
        """The call with the version's id, which the commit gave it."""
        return replace(call, version_id=self.bucket.versioning.shown_id(stored.version_id))

    def _delivery(self, call: Call) -> Delivery | None:
        """What is to be kept of the call until it arrives, if the bucket wishes so."""
        document = self.bucket.configs.get(CALLBACK_RETRY)
        if document is None:
            return None
        seconds = read_retry_document(document).seconds
        return Delivery(call, now_ms() + seconds * 1000, seconds)

    def _call(self, request: Request, uploaded: Uploaded, call_id: str) -> Call:
        spec = uploaded.spec
        facts = UploadFacts(
            bucket=request.bucket_name,
            key=spec.key.decode("utf-8"),
            etag=uploaded.etag,
            size=uploaded.size,
            mime_type=spec.headers.content_type,
            crc64=uploaded.crc64,
            content_md5=uploaded.md5,
            image=image_info(bytes(self._head)) if self._head else None,
            client_ip=request.record.remote or "",
            request_id=request.id,
            operation=request.record.operation or "",
            custom=self.callback.variables,
        )
        return call_of(self.callback, facts, call_id)


def callback_of_request(request: Request, mime_type: str) -> SubmittedCallback | None:
    """Whom a PutObject or CompleteMultipartUpload wants called; None if nobody.

    By headers or by signed parameters. S3 has no callbacks, and its V2 would not sign them.

    Raises:
        Refusal: `InvalidArgument` for a flaw, or for both ways at once.
    """
    if not request.rules.has_callbacks:
        return None
    by_header = [request.headers.get(f"x-oss-{name}") or None for name in _NAMES]
    by_query = [request.query.get(name) or None for name in _NAMES]
    if any(by_header) and any(by_query):
        name = _NAMES[1] if by_header[1] and by_query[1] else _NAMES[0]
        raise refusals.INVALID_ARGUMENT(
            f"Either the {name} query string parameter or the x-oss-{name} header should be "
            "specified, not both.",
            ArgumentName=name,
        )
    prefix = "x-oss-" if any(by_header) else ""
    callback, variables = by_header if any(by_header) else by_query
    if callback is None:
        return None
    named = {} if variables is None else read_variables(variables, f"{prefix}{_NAMES[1]}")
    return read_callback(callback, named, mime_type, f"{prefix}{_NAMES[0]}")


_NAMES = ("callback", "callback-var")


async def admit(
    callback: SubmittedCallback | None, bucket: Bucket, messenger: Messenger
) -> UploadCallback | None:
    """Resolve whom to call, before a byte of the file is kept.

    Raises:
        Refusal: `InvalidArgument` if a name doesn't resolve, or leads where the store may not
            call.
    """
    if callback is None:
        return None
    try:
        return UploadCallback(callback, await messenger.pin(callback.targets), bucket)
    except UnknownHostError:
        raise callback.refusal("Can not get ip by this host.") from None
    except ForbiddenAddressError as error:
        refusal = callback.refusal("Private address is forbidden to callback.")
        refusal.hint = (
            f"{error} is not on the public internet: --callback-allow names networks that "
            "callbacks may go to besides"
        )
        raise refusal from None


def answer_of(
    outcome: CallOutcome, stored: StoredObject, request: Request, versioning: Versioning
) -> Answer:
    """What the client hears of an upload whose site was called."""
    dialect = request.record.dialect
    headers = upload_headers(stored, dialect, versioning)
    if outcome.answer is not None:
        return Answer(200, [("Content-Type", "application/json"), *headers], outcome.answer)
    failed = answers.refusal(
        refusals.CALLBACK_FAILED(outcome.message), request.id, request.host, dialect
    )
    failed.headers.extend(headers)
    return failed


async def _settle(
    service: Service, waiting: WaitingCallback, delivery: Delivery, outcome: CallOutcome
) -> None:
    """Note what became of the first try; the client hears its answer in any case."""
    try:
        if outcome.is_over:
            await service.store.callbacks.finish(waiting.id)
            is_settled = True
        else:
            due_ms = next_due_ms(delivery, 1, now_ms())
            await service.store.callbacks.postpone(waiting.id, due_ms, outcome.message)
            is_settled = due_ms == NEVER_MS
        if is_settled and outcome.answer is None:
            service.meter.add(CALLBACKS_GIVEN_UP)
    except Refusal:
        _log.warning("the callback %s stays in the outbox and will come again", delivery.call.id)
