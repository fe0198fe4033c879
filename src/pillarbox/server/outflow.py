"""An answer on its way to a client that may stop reading, or leave.

granian takes pieces of an answer until its queue for the connection is full; then `send` waits, as
long as the client does not read. That a client has left it tells by `receive` alone: what is sent
from then on is dropped without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pillarbox.model.refusals import Refusal
from pillarbox.server import connections
from pillarbox.server.body import Receive
from pillarbox.server.connections import Peer

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
#: Clients that stand still are cut off together after so many seconds: each search for their
#: sockets looks at every descriptor.
_CUT_DELAY = 0.1


class AbortedError(Exception):
    """The client left; the rest of the answer is not sent."""


class StalledError(AbortedError):
    """The client is there but did not read in time."""


class Outflow:
    """The pieces of one answer.

    Attributes:
        waiting_since: loop time at which the current wait for the client began, None if there is
            none.
        moved: bytes that granian took so far.
    """

    __slots__ = ("_error", "_send", "_task", "moved", "waiting_since")

    #: One wait may last so many idle timeouts: it ends only when the client has read a whole piece
    #: of up to 512 KiB, which at 5 KiB/s takes 100 seconds.
    patience = 4

    def __init__(self, send: Send) -> None:
        self._send = send
        self._task: asyncio.Task[Any] | None = None
        self._error: AbortedError | None = None
        self.moved = 0
        self.waiting_since: float | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on; AbortedError if the client left or stood still."""
        if self._error is not None:
            raise self._error
        loop = asyncio.get_running_loop()
        task = self._task = asyncio.current_task(loop)
        self.waiting_since = loop.time()
        try:
            await self._send(message)
            self.moved += len(message.get("body", b""))
        except asyncio.CancelledError:
            if self._error is not None and task is not None and task.uncancel() == 0:
                raise self._error from None
            raise
        finally:
            self.waiting_since = self._task = None

    def interrupt(self, _: Refusal | None = None) -> None:
        """End it for a client that stands still; no refusal can be told any more."""
        self._end(StalledError())

    def rest(self) -> bool:
        """See `Watched`: what an answer holds is granian's."""
        return False

    def _end(self, error: AbortedError) -> None:
        if self._error is None:
            self._error = error
            if self._task is not None:
                self._task.cancel()

    def release(self) -> None:
        """Let go of what ended it, whose traceback holds this outflow in its turn."""
        self._error = None

    def end_when_client_leaves(self, receive: Receive) -> asyncio.Task[None]:
        """Interrupt when granian tells that the client has left; to be cancelled in the end."""

        async def wait() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._end(AbortedError())

        return asyncio.create_task(wait())


class Cutter:
    """Cuts off whose clients neither read nor send on: granian would keep them for ever."""

    def __init__(self) -> None:
        self._peers: set[Peer] = set()

    def cut(self, peer: Peer) -> None:
        """End the connection with `peer` soon; on the running loop."""
        self._peers.add(peer)
        if len(self._peers) == 1:
            asyncio.get_running_loop().call_later(_CUT_DELAY, self._cut_all)

    def _cut_all(self) -> None:
        peers, self._peers = self._peers, set()
        connections.cut(lambda _, client: client in peers)
