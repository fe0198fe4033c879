"""Ends uploads and answers that stand still, or drip.

One look a second over all bodies costs less than a timer for every piece that arrives. An upload
that has only just begun to stand still is told to hold no memory meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal
from pillarbox.server.allocator import give_back

_INTERVAL = 1.0
#: Seconds before the mean rate is looked at: a bad link may begin slowly.
_GRACE = 60.0
#: Seconds without a byte after which an upload lets go of what it holds: a pause of the network is
#: shorter as a rule.
_STILL = 0.5
#: So many uploads that let go within one look make it worth to give their memory back, this many
#: seconds later: their bytes are on the way to the disk.
_MANY = 8
_GIVE_BACK_DELAY = 0.25


class Watched(Protocol):
    """What waits for a client: a request's `Body`, an answer's `Outflow`.

    Attributes:
        waiting_since: loop time at which the current wait began, None if there is none.
        patience: how many times the idle timeout one wait may last.
        moved: bytes so far.
    """

    waiting_since: float | None

    @property
    def patience(self) -> int: ...

    @property
    def moved(self) -> int: ...

    def interrupt(self, refusal: Refusal) -> None:
        """End the wait."""

    def rest(self) -> bool:
        """Hold as little as possible while the client stands still; whether there was anything."""


class BodyWatch:
    """The bodies that are being read and sent."""

    def __init__(self, idle_timeout: float, min_rate: float) -> None:
        """End what moves no byte for `idle_timeout` seconds, or in the mean under `min_rate`.

        Args:
            min_rate: bytes a second, from the beginning on; looked at after a minute.
        """
        self._idle_timeout = idle_timeout
        self._min_rate = min_rate
        self._bodies: dict[Watched, float] = {}
        self._giving_back: asyncio.Future[None] | None = None

    def add(self, body: Watched) -> None:
        """Watch `body` until `remove`."""
        self._bodies[body] = asyncio.get_running_loop().time()

    def remove(self, body: Watched) -> None:
        """Watch `body` no longer."""
        self._bodies.pop(body, None)

    async def run(self) -> None:
        """Look, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_INTERVAL)
            self.look(loop.time())

    def look(self, now: float) -> None:
        """Interrupt every body that waits and is too slow at loop time `now`."""
        let_go = 0
        for body, began in list(self._bodies.items()):
            if body.waiting_since is None:
                continue
            waits, age = now - body.waiting_since, now - began
            idles = waits > self._idle_timeout * body.patience
            if idles or (age > _GRACE and body.moved < age * self._min_rate):
                body.interrupt(refusals.REQUEST_TIMEOUT())
            elif waits > _STILL:
                let_go += body.rest()
        if let_go >= _MANY:
            asyncio.get_running_loop().call_later(_GIVE_BACK_DELAY, self._give_back)

    def _give_back(self) -> None:
        if self._giving_back is None or self._giving_back.done():
            loop = asyncio.get_running_loop()
            self._giving_back = loop.run_in_executor(None, give_back)
