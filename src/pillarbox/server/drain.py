"""The end of a worker: running requests get a time to finish, then they are ended cleanly.

granian stops listening on SIGTERM and then waits for running requests without bound, so the
worker's `Drain` counts the time from there:

    0                          `begin`: `draining` is true, nothing else changes
    timeout                    every running request is interrupted with `ServiceUnavailable`
    timeout + _LAST_GRACE      whatever still runs is cancelled
    _END_GRACE later           `over` is set if nothing runs any more: the worker leaves, although
                               clients that neither read nor close still hold connections

A request says how it wants to be interrupted::

    with drain.interrupting(body.interrupt):
        ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal

Interrupt = Callable[[Refusal], None]
"""Makes a running request end with the refusal; called on the loop's thread."""

#: What an interrupted request has to send its refusal and to tidy up, in seconds.
_LAST_GRACE = 2.0

#: What a cancelled request has to tidy up, in seconds; with `_LAST_GRACE` less than the supervisor
#: waits before it kills, so that there is time to close the store.
_END_GRACE = 1.0


class Drain:
    """What of a worker is still running, and until when.

    Attributes:
        timeout: seconds that running requests get after `begin`.
        draining: whether `begin` was called.
        expired: whether the time is over.
        over: set when nothing runs any more after the time was over.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.draining = False
        self.expired = False
        self.over = asyncio.Event()
        self._interrupts: set[Interrupt] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Start the time; on the running loop. A second call changes nothing."""
        if not self.draining:
            self.draining = True
            asyncio.get_running_loop().call_later(self.timeout, self._expire)

    @contextmanager
    def interrupting(self, interrupt: Interrupt) -> Iterator[None]:
        """While this is entered, `interrupt` is called once if the time runs out."""
        if self.expired:
            interrupt(refusals.SERVICE_UNAVAILABLE())
        self._interrupts.add(interrupt)
        try:
            yield
        finally:
            self._interrupts.discard(interrupt)

    def add(self, task: asyncio.Task[Any]) -> None:
        """Have `task` cancelled if it doesn't end when it is interrupted."""
        self._tasks.add(task)

    def remove(self, task: asyncio.Task[Any]) -> None:
        """`task` has ended."""
        self._tasks.discard(task)

    def _expire(self) -> None:
        self.expired = True
        for interrupt in tuple(self._interrupts):
            interrupt(refusals.SERVICE_UNAVAILABLE())
        asyncio.get_running_loop().call_later(_LAST_GRACE, self._cancel)

    def _cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        asyncio.get_running_loop().call_later(_END_GRACE, self._end)

    def _end(self) -> None:
        # What even now can't end is for the supervisor to kill, and to tell.
        if not self._tasks:
            self.over.set()
