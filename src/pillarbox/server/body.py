"""A request's body as it arrives: counted, bounded in time, and ended only by its own end.

granian's ASGI messages: the end of a body is an `http.request` with `more_body` false and nothing
else; a cut or malformed body arrives as `http.disconnect`. After a half-close an answer still
reaches the client, so a cut is a refusal like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pillarbox.model import refusals
from pillarbox.model.limits import MIB
from pillarbox.model.object_checksum import ObjectChecksum
from pillarbox.model.refusals import Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

#: A piece costs some 60 µs however small it is: after so many pieces (chunks of a chunked body,
#: mostly) that hold fewer bytes than this each, in the mean, a body is an attack on the processor.
MANY_PIECES = 20_000
SMALL_PIECE = 256

#: What is read and thrown away after an early refusal, so that a client that reads only after
#: sending finds the answer instead of a reset connection.
DRAIN_BYTES = 64 * MIB
#: For how long at most when the server stops and its time is over.
LAST_DRAIN_SECONDS = 1.0
#: The same until the first byte of a client that asked before sending (`Expect: 100-continue`) and
#: got the refusal instead: as a rule it sends nothing. One that did not wait begins within a second
#: (curl's own timeout).
ASKED_DRAIN_SECONDS = 1.5


class Body:
    """The body of one request.

    Attributes:
        asks_first: whether the client waits for a 100 before it sends (RFC 9110 section 10.1.1);
            the HTTP parser sends one with the first read.
        content_length: bytes that the client announced, None with chunked encoding.
        receive: gives the next ASGI message.
        received: bytes read so far.
        pieces: in how many pieces they came.
        finished: whether the end was read.
        cut: whether the client is gone or the body was malformed.
        waiting_since: loop time at which the current wait for bytes began, None if there is none.
        when_still: what is to be done while the client stands still, None for nothing; whether
            there was anything to do.
    """

    __slots__ = (
        "_interruption",
        "_task",
        "asks_first",
        "content_length",
        "cut",
        "finished",
        "pieces",
        "receive",
        "received",
        "waiting_since",
        "when_still",
    )

    #: None, as it is of a `VerifiedBody` that announced none.
    checksum: ObjectChecksum | None = None

    def __init__(
        self,
        receive: Receive,
        content_length: int | None,
        *,
        empty: bool,
        asks_first: bool = False,
    ) -> None:
        self.receive = receive
        self.asks_first = asks_first
        self.content_length = content_length
        self.received = 0
        self.pieces = 0
        self.finished = empty
        self.cut = False
        self.waiting_since: float | None = None
        self.when_still: Callable[[], bool] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._interruption: Refusal | None = None

    @property
    def inner(self) -> Body:
        """Itself: see `VerifiedBody.inner`."""
        return self

    @property
    def patience(self) -> int:
        """See `Watched`: any byte ends a wait."""
        return 1

    @property
    def moved(self) -> int:
        """See `Watched`."""
        return self.received

    async def read(self) -> bytes:
        """The next piece, of any size; empty at the end.

        Raises:
            Refusal: `IncompleteBody` if the body was cut or malformed, `InvalidRequest` if it is
                ground to dust, or what `interrupt` was called with.
        """
        while not self.finished:
            if self._interruption is not None:
                raise self._interruption
            message = await self._next_message()
            if message["type"] != "http.request":
                self.finished = self.cut = True
                raise refusals.INCOMPLETE_BODY()
            if not message.get("more_body", False):
                self.finished = True
            piece: bytes = message.get("body", b"")
            if piece:
                self.received += len(piece)
                self.pieces += 1
                if self.pieces > MANY_PIECES and self.received < self.pieces * SMALL_PIECE:
                    raise refusals.INVALID_REQUEST("The body comes in too many too small pieces.")
                return piece
        if self.cut:
            raise refusals.INCOMPLETE_BODY()
        return b""

    async def read_all(self, limit: int, too_large: Refusal) -> bytes:
        """The whole body if it has at most `limit` bytes, else `too_large` is raised."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
            if self.received > limit:
                raise too_large
        return b"".join(pieces)

    async def drain(self, seconds: float) -> None:
        """Read and drop what still comes, up to 64 MiB, for `seconds` at most. Never raises.

        Even a cancellation ends it only: the answer is sent, nothing is left to undo.
        """
        spared = self.asks_first and not self.received
        first = min(seconds, ASKED_DRAIN_SECONDS) if spared else seconds
        try:
            async with asyncio.timeout(first) as limit:
                start = self.received
                while not self.finished and self.received - start < DRAIN_BYTES:
                    message = await self.receive()
                    if spared:
                        limit.reschedule(asyncio.get_running_loop().time() + seconds)
                        spared = False
                    if message["type"] != "http.request":
                        self.finished = self.cut = True
                    self.received += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        self.finished = True
        except (TimeoutError, asyncio.CancelledError):
            pass

    def interrupt(self, refusal: Refusal) -> None:
        """Make the current or the next read raise `refusal` (a timeout, the server's stop)."""
        if self._interruption is None and not self.finished:
            self._interruption = refusal
            if self._task is not None:
                self._task.cancel()

    def rest(self) -> bool:
        """See `Watched`."""
        return self.when_still is not None and self.when_still()

    def release(self) -> None:
        """Let go of what interrupted it, whose traceback holds this body in its turn."""
        self._interruption = self.when_still = None

    async def _next_message(self) -> MutableMapping[str, Any]:
        loop = asyncio.get_running_loop()
        task = self._task = asyncio.current_task(loop)
        self.waiting_since = loop.time()
        try:
            return await self.receive()
        except asyncio.CancelledError:
            if self._interruption is not None and task is not None and task.uncancel() == 0:
                raise self._interruption from None
            raise
        finally:
            self.waiting_since = self._task = None
