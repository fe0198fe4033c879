"""Ends waits that last too long, by one look a second over all: cheaper than a timer for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds after which who waits for the catalog is refused: fewer than clients wait for an answer.
PATIENCE_SECONDS = 20.0

_INTERVAL = 1.0


class Patience:
    """The waits of one kind.

    Attributes:
        seconds: after which, or up to a second later, a wait ends.

    Args:
        error: what was not to be had in time, for the TimeoutError.
    """

    def __init__(self, seconds: float, error: str) -> None:
        self.seconds = seconds
        self._error = error
        self._waits: dict[asyncio.AbstractEventLoop, dict[asyncio.Future[Any], float]] = {}

    @contextmanager
    def limit(self, future: asyncio.Future[Any]) -> Iterator[None]:
        """While this is entered, on the running loop, `future` gets a TimeoutError in the end."""
        loop = future.get_loop()
        waits = self._waits.get(loop)
        if waits is None:
            waits = self._waits[loop] = {}
            loop.call_later(_INTERVAL, self._look, loop)
        waits[future] = loop.time()
        try:
            yield
        finally:
            waits.pop(future, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        waits = self._waits[loop]
        overdue = loop.time() - self.seconds
        for future, began in list(waits.items()):  # the oldest first
            if began > overdue:
                break
            if not future.done():
                future.set_exception(TimeoutError(self._error))
        if waits:
            loop.call_later(_INTERVAL, self._look, loop)
        else:
            del self._waits[loop]
