"""The server in a thread: an event loop of its own, the application, granian's embedded server.

It is what a worker of `pillarbox serve` runs, without the processes around it. Nothing of the
process is changed: no handler of a signal, none of `logging`, no working directory, no umask.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import uvloop

from pillarbox.server import connections
from pillarbox.server.access_log import AccessLog
from pillarbox.server.app import App, Scope, create_app
from pillarbox.server.body import Receive
from pillarbox.server.connections import wait_for_listener
from pillarbox.server.drain import Drain
from pillarbox.server.listening import ListenAddress
from pillarbox.server.outflow import Send
from pillarbox.server.settings import Settings
from pillarbox.testing.embedded_server import EmbeddedServer, quiet_granian
from pillarbox.testing.log_lines import LogLines

#: Seconds that running requests get to end in; a test that is over waits for none of them.
_DRAIN_SECONDS = 1.0
#: Seconds between two looks for connections that still stand then.
_CUT_INTERVAL = 0.05
#: Seconds after which a thread that doesn't end is given up.
_STUCK_SECONDS = 30.0

#: Signals that tell of a fault of the thread itself; all others are for the thread that has them.
_FAULTS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP}
)


class StoreThread:
    """One server in one thread.

    Args:
        settings: with a real port that nobody listens on; the data directory is prepared.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = ListenAddress(settings.host, settings.port)
        self._started: Future[None] = Future()
        self._stopping = asyncio.Event()
        self._is_stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None
        # Whoever leaves without `stop`, by os._exit or a signal, must not be held up.
        self._thread = threading.Thread(target=self._run, name="pillarbox store", daemon=True)

    def start(self) -> None:
        """Start, and wait until connections are accepted; raises what hindered it."""
        self._thread.start()
        self._started.result()

    def stop(self) -> None:
        """End running requests and connections, and wait until nothing is left of the thread.

        Raises:
            RuntimeError: it does not end, or it ended before it was told to.
        """
        self._is_stopped = True
        if self._thread.ident is None:
            return
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STUCK_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError(f"the store at {self._address} did not stop")
        if self._error is not None:
            raise RuntimeError(f"the store at {self._address} failed") from self._error

    # --- in the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        # Threads that begin here inherit it, granian's too, so that no signal goes astray.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - _FAULTS)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            if self._started.done():
                self._error = error
            else:
                self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._is_stopped:  # before it could be told on the loop
            self._stopping.set()
        drain = Drain(_DRAIN_SECONDS)
        app = create_app(self._settings, drain, AccessLog("text", LogLines()))
        requests = _Requests(app)
        try:
            await app.open()
            with quiet_granian():
                server = EmbeddedServer(requests, self._settings)
                serving = asyncio.create_task(server.serve())
                await _first_of(serving, wait_for_listener(self._address))
                self._started.set_result(None)
                await _first_of(serving, self._stopping.wait())
                drain.begin()
                server.stop()  # type: ignore[no-untyped-call]
                await self._let_go(serving)
                await requests.end()
        finally:
            await app.close()

    async def _let_go(self, serving: asyncio.Task[None]) -> None:
        """Wait for granian, which waits for its connections; cut what clients don't give back."""
        await asyncio.wait({serving}, timeout=_DRAIN_SECONDS)
        own = (self._address.host, self._address.port)
        while not serving.done():
            # Again and again: one that granian had not taken from the kernel yet is not seen.
            connections.cut(lambda here, _: here == own)
            await asyncio.wait({serving}, timeout=_CUT_INTERVAL)
        await serving


class _Requests:
    """The application as granian sees it; knows what still runs."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._running: set[asyncio.Task[None]] = set()
        self._is_ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # That the end came is no fault of the application, which granian would report.
            if not self._is_ending:
                raise
        finally:
            self._running.discard(task)

    async def end(self) -> None:
        """Wait until nothing runs any more; cancel what takes too long."""
        self._is_ending = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)


async def _first_of(serving: asyncio.Task[None], awaited: Coroutine[Any, Any, object]) -> None:
    """Wait for `awaited`; raises if the server ends before."""
    other = asyncio.create_task(awaited)
    try:
        await asyncio.wait({serving, other}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
            raise RuntimeError("granian ended by itself")
    finally:
        other.cancel()
