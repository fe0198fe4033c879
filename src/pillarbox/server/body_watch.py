"""Ends uploads and answers that stand still, or drip.

One look a second over all bodies costs less than a timer for every piece that arrives.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal

_INTERVAL = 1.0
#: Seconds before the mean rate is looked at: a bad link may begin slowly.
_GRACE = 60.0


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
        for body, began in list(self._bodies.items()):
            if body.waiting_since is None:
                continue
            idles = now - body.waiting_since > self._idle_timeout * body.patience
            age = now - began
            if idles or (age > _GRACE and body.moved < age * self._min_rate):
                body.interrupt(refusals.REQUEST_TIMEOUT())
