"""The ASGI application: one request in, one answer out, one line in the log.

Opened in a worker (lifespan startup), never before the server forks.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, MutableMapping
from http import HTTPStatus as Status
from typing import TYPE_CHECKING, Any

from pillarbox.access.nonces import Nonces
from pillarbox.access.session_token import TokenKey
from pillarbox.access.signers import Signers
from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.limits import KIB
from pillarbox.model.metrics import NO_METER
from pillarbox.model.refusals import Refusal
from pillarbox.model.timestamps import http_date
from pillarbox.server import answers
from pillarbox.server.access_log import AccessLog, AccessRecord
from pillarbox.server.addressing import addressing_of
from pillarbox.server.answers import Answer
from pillarbox.server.body import LAST_DRAIN_SECONDS, Body, Receive
from pillarbox.server.body_watch import BodyWatch
from pillarbox.server.cors_headers import HeaderLines, cors_headers
from pillarbox.server.drain import Drain
from pillarbox.server.forwarding import TrustedProxies
from pillarbox.server.operations.selection import find_operation
from pillarbox.server.outflow import AbortedError, Cutter, Outflow, Send, StalledError
from pillarbox.server.refused_forms import RefusedForms
from pillarbox.server.request import Request, read_head
from pillarbox.server.request_meter import RequestMeter
from pillarbox.server.service import Service
from pillarbox.server.settings import Settings
from pillarbox.server.store_messenger import messenger_of
from pillarbox.server.tally import worker_tally_of
from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.layout import Layout
from pillarbox.storage.nonces import UsedNonces
from pillarbox.storage.store import Store
from pillarbox.storage.store_key import read_store_key

if TYPE_CHECKING:
    from pillarbox.server.admin_http import AdminHttp

Scope = MutableMapping[str, Any]

#: In the log: an answer that did not reach its client whole, for the client's sake.
_ABORTED = "Aborted"
_NO_BUCKET = refusals.NO_SUCH_BUCKET.code

#: A first piece of so many bytes begins an answer that may take long enough for a client to leave.
_LONG = 128 * KIB

_log = logging.getLogger("pillarbox")


class App:
    """The service behind one address; an ASGI application."""

    def __init__(self, settings: Settings, drain: Drain, access_log: AccessLog) -> None:
        """Remember `settings`; nothing is opened before `open`, or the lifespan's startup."""
        self._settings = settings
        self._drain = drain
        self._addressing = addressing_of(settings)
        self._proxies = TrustedProxies.of(settings.trusted_proxies)
        self._access_log = access_log
        self._watch = BodyWatch(settings.idle_timeout, settings.min_rate)
        self._cutter = Cutter()
        self._used_nonces = UsedNonces(settings.data_dir)
        self._service: Service | None = None
        self._requests = RequestMeter(NO_METER)
        self._admin: AdminHttp | None = None
        self._watching: asyncio.Task[None] | None = None
        self._random = random.Random()  # noqa: S311 (request ids are no secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            self._requests.begin()
            try:
                await self._serve(scope, receive, send)
            finally:
                self._requests.end()

    async def open(self) -> None:
        """Open the store, in a directory made by `prepare`; requests may come."""
        meter = worker_tally_of(self._settings)
        self._requests = RequestMeter(meter)
        messenger = await asyncio.to_thread(messenger_of, self._settings, meter)
        store = await Store.open(self._settings.data_dir, Durability.of_environment(), meter)
        key = await asyncio.to_thread(read_store_key, Layout(self._settings.data_dir))
        tokens = TokenKey(key)
        refused_forms = RefusedForms(store, self._settings, tokens, meter)
        refused_forms.start()
        signers = Signers(store.access_key, store.role, tokens)
        nonces = Nonces(self._used_nonces)
        self._service = Service(
            store, self._settings, signers, tokens, messenger, refused_forms, nonces, meter=meter
        )
        self._watching = asyncio.create_task(self._watch.run())
        if self._settings.admin is not None:
            # Here, for a start without it should not import what it needs.
            from pillarbox.server.admin import open_admin

            self._admin = await open_admin(self._settings.admin, store, self._settings, self._drain)

    async def close(self) -> None:
        """Let go of what `open` opened, and of the log; no request runs any more."""
        if self._admin is not None:
            await self._admin.close()
        if self._watching is not None:
            self._watching.cancel()
        if self._service is not None:
            await self._service.messenger.close()
            await self._service.refused_forms.close()
            await self._service.store.close()
            self._used_nonces.close()
        self._access_log.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        # The peer: a proxy perhaps, and the other end of the connection in any case.
        peer = scope.get("client")
        origin = self._proxies.origin(peer and peer[0], scope["scheme"], scope["headers"])
        record = AccessRecord(self._request_id(), remote=origin.address)
        request: Request | None = None
        body, host = Body(receive, None, empty=False), ""  # of a head that can't be read
        try:
            request = read_head(scope, receive, record, self._addressing, origin.scheme)
            body, host = request.body.inner, request.host
            self._watch.add(body)
            with self._drain.interrupting(body.interrupt):
                answer = await self._answer(request)
        except Refusal as refusal:
            _log_refusal(refusal, record.request_id)
            if refusal.code == refusals.SIGNATURE_DOES_NOT_MATCH.code:
                # Whose secret was not known; the AccessKey exists, so its id forges no line.
                record.access_key_id = refusal.details.get(record.dialect.access_key_field)
            answer = answers.refusal(refusal, record.request_id, host, record.dialect)
        except Exception:
            _log.exception("request %s failed", record.request_id)
            answer = answers.refusal(
                refusals.INTERNAL_ERROR(), record.request_id, host, record.dialect
            )
        stands_still = False
        try:
            if request is not None:
                answer.headers.extend(await self._cors_headers(request, answer))
            if scope["method"] == "HEAD":
                answer = answers.without_body(answer, record.dialect)
            await self._send(body, answer, record, started, send)
        except AbortedError as aborted:
            answer.code = _ABORTED
            stands_still = isinstance(aborted, StalledError)
        except Refusal as refusal:
            # The answer has begun: its bytes, that can't be read any more, are all that lacks.
            answer.code = refusal.code
        finally:
            if answer.close is not None:
                answer.close()
            self._watch.remove(body)
            body.release()
            # Of a body that was given up granian mostly goes on waiting for the rest.
            if peer and (stands_still or not body.finished):
                self._cutter.cut((peer[0], int(peer[1])))
            self._note(record, body, answer, started)

    async def _answer(self, request: Request) -> Answer:
        assert self._service is not None
        request.headers.refuse_repeated()
        operation = find_operation(request)
        request.record.operation = operation.name
        return await operation.handler(request, self._service)

    async def _cors_headers(self, request: Request, answer: Answer) -> HeaderLines:
        """CORS headers of an answer, from memory in all but a bucket's first answers."""
        if request.address.bucket is None or answer.code == _NO_BUCKET:
            return []
        assert self._service is not None
        try:
            bucket = await self._service.addressed_bucket(request)
        except Refusal:
            # There is no such bucket, or the catalog can't tell.
            return []
        return cors_headers(request, bucket)

    async def _send(
        self, body: Body, answer: Answer, record: AccessRecord, started: float, send: Send
    ) -> None:
        """Send the whole answer at once; then read and drop what the client still sends."""
        unread = not body.finished
        headers = self._headers(answer, record, started)
        if unread:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.stream is None:
            record.bytes_out = len(answer.body)
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._send_stream(body, answer.stream, record, send)
        if unread:
            seconds = self._settings.refused_timeout
            await body.drain(LAST_DRAIN_SECONDS if self._drain.expired else seconds)

    async def _send_stream(
        self, body: Body, pieces: AsyncIterator[bytes], record: AccessRecord, send: Send
    ) -> None:
        outflow = Outflow(send)
        self._watch.add(outflow)
        leaving: asyncio.Task[None] | None = None
        try:
            async for piece in pieces:
                await outflow.send({"type": "http.response.body", "body": piece, "more_body": True})
                record.bytes_out += len(piece)
                if leaving is None and body.finished and len(piece) >= _LONG:
                    leaving = outflow.end_when_client_leaves(body.receive)
            await outflow.send({"type": "http.response.body", "body": b""})
        finally:
            self._watch.remove(outflow)
            outflow.release()
            if leaving is not None:
                leaving.cancel()

    def _headers(
        self, answer: Answer, record: AccessRecord, started: float
    ) -> list[tuple[bytes, bytes]]:
        request_id = record.request_id.encode("ascii")
        headers = [
            (b"date", http_date(time.time()).encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
        ]
        if record.dialect is S3:
            headers += [(b"server", b"AmazonS3"), (b"x-amz-request-id", request_id)]
        else:
            milliseconds = (time.perf_counter() - started) * 1000
            headers += [
                (b"server", b"AliyunOSS"),
                (b"x-oss-request-id", request_id),
                (b"x-oss-server-time", b"%d" % milliseconds),
            ]
        headers.extend((name.encode("ascii"), value.encode()) for name, value in answer.headers)
        if answers.allows_body(answer.status):
            length = len(answer.body) if answer.length is None else answer.length
            headers.append((b"content-length", b"%d" % length))
        return headers

    def _note(self, record: AccessRecord, body: Body, answer: Answer, started: float) -> None:
        record.status = answer.status
        record.code = answer.code or None
        record.ec = answer.ec or None
        record.bytes_in = body.received
        record.milliseconds = (time.perf_counter() - started) * 1000
        self._access_log.write(record)
        self._requests.note(record)

    def _request_id(self) -> str:
        """24 upper case hex digits, of which the first 8 are the time in Unix seconds."""
        return f"{int(time.time()):08X}{self._random.getrandbits(64):016X}"


def _log_refusal(refusal: Refusal, request_id: str) -> None:
    """What the operator should know of it and the answer does not say."""
    if refusal.hint:
        _log.info("%s %s: %s", request_id, refusal.code, refusal.hint)
    cause = refusal.__cause__
    if refusal.status >= Status.INTERNAL_SERVER_ERROR and cause is not None:
        # The store's way to say that the disk or the catalog failed: `storage.errors.as_refusal`.
        _log.error("request %s failed: %s", request_id, refusal.code, exc_info=cause)


def create_app(settings: Settings, drain: Drain, access_log: AccessLog) -> App:
    """The application for `settings`; opens nothing yet.

    Args:
        drain: interrupts running requests when the server's stop takes too long.
        access_log: closed with the application.
    """
    return App(settings, drain, access_log)
