"""Lookups: single statements of the hot path, run off the event loop, many for one wake-up.

A few threads share a queue. While the event loop runs, none of them gets the interpreter's lock;
whichever gets it first takes along what was asked meanwhile. So with many requests at once a lookup
costs no thread switch of its own, and a single one waits for nobody.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from pillarbox.storage import patience
from pillarbox.storage.outcomes import tell, tellable

T = TypeVar("T")

#: One reads while the other waits for the disk.
_THREADS = 2
#: At most so many are told together: the first must not wait for all.
_AT_ONCE = 16


@dataclass(eq=False, slots=True)
class _Lookup:
    read: Callable[[Any], Any]
    loop: asyncio.AbstractEventLoop
    outcome: asyncio.Future[Any]


class Lookups:
    """Runs lookups; `run` is for event loops, `close` for any thread.

    Args:
        cursor: gives the calling thread's own cursor of the driver.
    """

    def __init__(self, cursor: Callable[[], Any]) -> None:
        self._cursor = cursor
        self._queue: SimpleQueue[_Lookup | None] = SimpleQueue()
        self._is_closed = False
        self._patience = patience.Patience(
            patience.PATIENCE_SECONDS, "the catalog could not be read in time"
        )
        self._threads = [
            threading.Thread(target=self._work, name=f"catalog-lookup-{number}", daemon=True)
            for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, read: Callable[[Any], T]) -> T:
        """What `read` gives with a cursor; raises what it raises.

        TimeoutError if it takes longer than `PATIENCE_SECONDS`.
        """
        if self._is_closed:
            raise RuntimeError("the catalog is closed")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        with self._patience.limit(outcome):
            self._queue.put(_Lookup(read, loop, outcome))
            return await outcome

    def close(self) -> None:
        """Run what was asked, then end the threads."""
        self._is_closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            asked = [first]
            while len(asked) < _AT_ONCE:
                try:
                    one = self._queue.get_nowait()
                except Empty:
                    break
                if one is None:
                    self._queue.put(None)  # it ends this thread the next time round
                    break
                asked.append(one)
            tell(asked, [self._outcome(one) for one in asked])

    def _outcome(self, one: _Lookup) -> Any:
        """The value, or the exception to raise."""
        try:
            return one.read(self._cursor())
        except BaseException as error:
            return tellable(error, "a lookup in the catalog")
