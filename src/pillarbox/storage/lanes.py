"""Two lanes for the bytes of a large upload: one hashes, one writes.

Hashing and writing each keep their order but run beside each other, in threads that all uploads
share; both release the interpreter's lock on large buffers, and the event loop stays idle.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from fastcrc import crc64

from pillarbox.storage.blobs.blob_file import Buffer

#: Buffers of one upload that may be on their way; together with the one being gathered they
#: bound its memory.
_MAX_IN_FLIGHT = 4


#: Calls that a lane makes before it lets others have the thread.
_TURN = 8


class Lane:
    """Calls that are made one after another, in the order given, by a pool of threads."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._calls: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._is_running = False

    def submit(self, call: Callable[[], None]) -> None:
        """Queue a call, which must not raise."""
        with self._lock:
            self._calls.append(call)
            if self._is_running:
                return
            self._is_running = True
        self._threads.submit(self._run)

    def _run(self) -> None:
        for _ in range(_TURN):
            with self._lock:
                if not self._calls:
                    self._is_running = False
                    return
                call = self._calls.popleft()
            call()
        self._threads.submit(self._run)  # behind those of other uploads


class Sink(Protocol):
    """Where a blob's bytes go. Synchronous: a lane makes the calls, one after another.

    `append` and `seal` raise OSError; when `seal` returns the bytes are durable. `discard` leaves
    nothing behind, whatever happened before, and may be called twice.
    """

    def append(self, buffers: list[Buffer]) -> None: ...
    def seal(self) -> None: ...
    def discard(self) -> None: ...


@dataclass(eq=False, slots=True)
class _InFlight:
    """A buffer on its way and how many lanes still need it."""

    buffers: list[Buffer]
    lanes: int = 2


class Pipeline:
    """The way of one blob's bytes through both lanes.

    To be used from one event loop. After an error every call raises it again, but `discard`.
    """

    def __init__(self, sink: Sink, hashing: Executor, writing: Executor) -> None:
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._hashing = Lane(hashing)
        self._writing = Lane(writing)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc64 = 0
        self._lock = threading.Lock()
        self._in_flight = 0
        self._room: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._is_discarded = False

    def push(self, buffers: list[Buffer]) -> None:
        """Send `buffers` on; whoever sends many awaits `has_room` behind each."""
        one = _InFlight(buffers)
        with self._lock:
            self._in_flight += 1
        self._hashing.submit(lambda: self._pass(one, self._hash))
        self._writing.submit(lambda: self._pass(one, self._write))

    async def has_room(self) -> None:
        """Wait while too many are on their way."""
        while (room := self._wait_for_room()) is not None:
            await room
        self._raise_error()

    async def finish(self) -> tuple[bytes, int]:
        """MD5 (16 bytes) and CRC-64/XZ of all bytes, which now are sealed in the sink."""
        self._raise_error()
        await asyncio.gather(
            self._call(self._hashing, lambda: None), self._call(self._writing, self._seal)
        )
        self._raise_error()
        return self._md5.digest(), self._crc64

    async def discard(self) -> None:
        """Drop what is on its way and leave nothing behind."""
        self._is_discarded = True
        await self._call(self._writing, self._sink.discard)

    # --- in the threads -----------------------------------------------------------------------

    def _hash(self, buffers: list[Buffer]) -> None:
        for buffer in buffers:
            self._md5.update(buffer)

    def _write(self, buffers: list[Buffer]) -> None:
        # The CRC is taken here: MD5 alone bounds the other lane.
        for buffer in buffers:
            self._crc64 = crc64.xz(buffer, self._crc64)
        self._sink.append(buffers)

    def _seal(self) -> None:
        if self._error is None and not self._is_discarded:
            self._sink.seal()

    def _pass(self, one: _InFlight, work: Callable[[list[Buffer]], None]) -> None:
        try:
            if self._error is None and not self._is_discarded:
                work(one.buffers)
        except Exception as error:
            self._error = error
        finally:
            self._done(one)

    def _done(self, one: _InFlight) -> None:
        with self._lock:
            one.lanes -= 1
            if one.lanes:
                return
            self._in_flight -= 1
            room, self._room = self._room, None
        if room is not None:
            _set_from_thread(self._loop, room)

    # --- in the event loop --------------------------------------------------------------------

    def _wait_for_room(self) -> asyncio.Future[None] | None:
        with self._lock:
            if self._in_flight < _MAX_IN_FLIGHT:
                return None
            self._room = self._loop.create_future()
            return self._room

    async def _call(self, lane: Lane, work: Callable[[], None]) -> None:
        """Do `work` in a lane after all that was sent before; raises what it raises."""
        done: asyncio.Future[None] = self._loop.create_future()

        def call() -> None:
            try:
                work()
            except Exception as error:
                self._error = self._error or error
            _set_from_thread(self._loop, done)

        lane.submit(call)
        await done

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error


def _set_from_thread(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    def settle() -> None:
        if not future.done():
            future.set_result(None)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return
