"""What the site's server carried for an upload: bytes, seconds, CPU.

An ASGI middleware that measures requests by what they are for. The page itself, which both ways
need, counts for neither. A callback comes from the store and not from the visitor's browser, so its
handler says whose it is. CPU is that of the whole process while the request ran, so it is right for
one visitor at a time; `comparison` measures many by the process's own clock.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from examples.careers.visitor import COOKIE, Visitor

THROUGH_SITE = "through the site"
FORM_UPLOAD = "form upload"

#: Name in a request's state of the bytes that its handler sent on to the store.
SENT_ON = "sent_on"
#: Name in a request's state of the visitor for whom it came, where no cookie says so.
ON_BEHALF_OF = "on_behalf_of"

#: Visitors whose uploads are remembered.
_MAX_VISITORS = 1000


@dataclass(frozen=True, slots=True)
class Carriage:
    """What uploads cost the site's server.

    Attributes:
        received, sent: bytes of bodies, from the browser, and to the browser and the store.
        seconds: that requests took.
        cpu_seconds: that the process used meanwhile.
    """

    received: int = 0
    sent: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def plus(self, other: Carriage) -> Carriage:
        """Both together."""
        return Carriage(
            self.received + other.received,
            self.sent + other.sent,
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
        )


class Carriages:
    """The uploads of each visitor and all uploads together, by way."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], Carriage] = {}
        self.totals = {THROUGH_SITE: Carriage(), FORM_UPLOAD: Carriage()}

    def note(self, visitor: Visitor, way: str, carriage: Carriage) -> None:
        """Add what a request took to the visitor's uploads by that way, and to all uploads."""
        self.totals[way] = self.totals[way].plus(carriage)
        before = self._of.pop((visitor.id, way), Carriage())
        self._of[visitor.id, way] = before.plus(carriage)
        if len(self._of) > 2 * _MAX_VISITORS:
            del self._of[next(iter(self._of))]

    def of(self, visitor: Visitor) -> Mapping[str, Carriage]:
        """By way, for those ways that the visitor has used."""
        found = {way: self._of.get((visitor.id, way)) for way in (THROUGH_SITE, FORM_UPLOAD)}
        return {way: carriage for way, carriage in found.items() if carriage is not None}


class CarriageMeter:
    """Measures the requests that an upload takes; `ways` says which path belongs to which way."""

    def __init__(self, app: ASGIApp, carriages: Carriages, ways: Mapping[str, str]) -> None:
        self._app = app
        self._carriages = carriages
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what it took."""
        way = self._ways.get(scope.get("path", ""))
        if scope["type"] != "http" or way is None:
            await self._app(scope, receive, send)
            return
        received = sent = 0

        async def counted_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal sent
            sent += len(message.get("body", b""))
            await send(message)

        began, cpu_began = time.perf_counter(), time.process_time()
        await self._app(scope, counted_receive, counted_send)
        state = scope.get("state", {})
        sent += state.get(SENT_ON, 0)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        visitor = state.get(ON_BEHALF_OF) or Visitor.of_cookie(_cookie(scope))
        self._carriages.note(visitor, way, Carriage(received, sent, seconds, cpu))


def _cookie(scope: Scope) -> str | None:
    """The visitor's id among the cookies of a request."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            for item in value.decode("latin-1").split(";"):
                key, _, text = item.strip().partition("=")
                if key == COOKIE:
                    return str(text)
    return None
