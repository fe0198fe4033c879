"""Parts that are sent several at a time: bounded in number, ended by the first failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from pillarbox.client.multipart import Part

#: Parts in flight. More of them fill the memory sooner than the network.
PARALLEL = 3


class PartSending:
    """Sends parts in threads, in a `with` statement; of those that wait none is begun at an error.

    At most `parallel` parts are under way or wait, so that no more of them are in memory.
    """

    def __init__(self, parallel: int = PARALLEL) -> None:
        self._room = threading.BoundedSemaphore(parallel)
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="part")
        self._futures: list[Future[Part]] = []
        self._failed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._failed.set()
        self._threads.shutdown(cancel_futures=True)

    def submit(self, send: Callable[[], Part]) -> None:
        """Have `send` called as soon as there is room; raises what an earlier one raised."""
        self._room.acquire()
        if self._failed.is_set():
            self._room.release()
            self.sent()
        self._futures.append(self._threads.submit(self._run, send))

    def sent(self) -> list[Part]:
        """The parts, once all are there; raises what the first that failed raised."""
        return [future.result() for future in self._futures]

    def _run(self, send: Callable[[], Part]) -> Part:
        try:
            return send()
        except BaseException:
            self._failed.set()
            raise
        finally:
            self._room.release()
