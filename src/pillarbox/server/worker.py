"""What happens in a worker process around the application: its start, its signals, its end.

A worker is forked from the supervisor (or spawned, where Python does so by default) with its
signals blocked, so that none is lost before `load` says what each of them means. Only SIGTERM means
anything: Ctrl-C and a closed terminal reach the whole group, and it is for the supervisor to act.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import granian._signals
from granian._granian import WorkerSignal

from pillarbox.server.connections import give_up_unread, wait_for_listener
from pillarbox.server.drain import Drain
from pillarbox.server.lifeline import die_with_parent
from pillarbox.server.listening import ListenAddress
from pillarbox.server.notices import notify_error, write_notices
from pillarbox.server.outflow import Outflow
from pillarbox.server.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
ApplicationFactory = Callable[[Settings, Drain], Application]

#: From a worker to its supervisor: connections are accepted.
LISTENING_SIGNAL = signal.SIGUSR2

#: Blocked while a worker is being made.
HELD_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def load(factory: ApplicationFactory, settings: Settings, parent_pid: int) -> Application:
    """Make the application, in the worker; granian calls this before anything else.

    Args:
        factory: makes the application; a function at the top of a module, so that it pickles.
        settings: what the operator decided.
        parent_pid: the supervisor.
    """
    die_with_parent(parent_pid)
    _take_signals()
    write_notices(settings.log_format)
    drain = Drain(settings.drain_timeout)
    granian._signals.set_loop_signals = _stop_once(drain)
    try:
        application = factory(settings, drain)
    except Exception:
        logging.getLogger("pillarbox").exception("a worker could not start")
        raise SystemExit(1) from None
    return Worker(application, drain, settings, parent_pid)


def _take_signals() -> None:
    inherited = signal.set_wakeup_fd(-1)
    if inherited != -1:
        os.close(inherited)  # the supervisor's own, see its `_Mailbox`
    for ignored in (LISTENING_SIGNAL, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Until `_stop_once` takes over: nothing runs yet, so there is nothing to end gently.
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)


def _leave(*_: Any) -> None:
    os._exit(0)


def _stop_once(drain: Drain) -> Callable[[asyncio.AbstractEventLoop], WorkerSignal]:
    """What granian is to call in place of its `set_loop_signals`.

    granian's own handler sets its stop event at every SIGINT and SIGTERM. A second set while its
    other thread still works at the first deadlocks the worker over the GIL (seen with 2.8.7 once
    in fifty times when Ctrl-C reached worker and supervisor at once), and service managers send
    SIGTERM to every process of a service. So the event is set once.

    And a signal that comes between two runs of the loop, as granian's start has them, must not be
    lost: uvloop would remember it only until the next signal wakes it (seen once in fifty times
    when the stop came right behind the start). A handler of Python's own runs there too.
    """

    def set_loop_signals(loop: asyncio.AbstractEventLoop) -> WorkerSignal:
        stop = WorkerSignal()

        def begin() -> None:
            if not drain.draining:
                drain.begin()
                stop.set()

        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(begin))
        return stop

    return set_loop_signals


#: By so many seconds the kernel's limit for an answer that nobody reads is longer than that of an
#: `Outflow`: a connection that the kernel ends first looks to granian as if all had been sent, and
#: the log would call it a success.
_AFTER_OURS = 5.0


class Worker:
    """The ASGI application that granian sees: Pillarbox's, with the process's start and end."""

    def __init__(
        self, application: Application, drain: Drain, settings: Settings, parent_pid: int
    ) -> None:
        self._application = application
        self._drain = drain
        self._address = ListenAddress(settings.host, settings.port)
        self._unread_timeout = settings.idle_timeout * Outflow.patience + _AFTER_OURS
        self._parent_pid = parent_pid
        self._announcement: asyncio.Task[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None
        self._drain.add(task)
        try:
            await self._application(scope, receive, send)
        except asyncio.CancelledError:
            # The drain's last word is no fault of the application, which granian would report.
            if not self._drain.expired:
                raise
        finally:
            self._drain.remove(task)

    async def _live(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        started = leaves = False

        async def hear() -> Message:
            nonlocal leaves
            if not started:
                return await receive()
            message, leaves = await self._shutdown(receive)
            return message

        async def watch(message: Message) -> None:
            nonlocal started
            if message["type"] == "lifespan.startup.complete":
                started = True
                self._start()
            elif message["type"] == "lifespan.startup.failed":
                notify_error(f"a worker could not start: {message.get('message', '')}")
                message = {"type": "lifespan.startup.failed"}
            elif message["type"] == "lifespan.shutdown.complete" and leaves:
                # granian would wait for connections that their clients never close.
                sys.stdout.flush()
                os._exit(0)
            await send(message)

        try:
            await self._application(scope, hear, watch)
        except Exception:
            # granian would take this for an application without a lifespan and serve on.
            word = "stop cleanly" if started else "start"
            logging.getLogger("pillarbox").exception("a worker could not %s", word)
            kind = "shutdown" if started else "startup"
            await send({"type": f"lifespan.{kind}.failed"})

    async def _shutdown(self, receive: Receive) -> tuple[Message, bool]:
        """The lifespan's end: as granian tells it, or (true) because the drain is over."""
        told = asyncio.ensure_future(receive())
        over = asyncio.create_task(self._drain.over.wait())
        try:
            await asyncio.wait({told, over}, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                return told.result(), False
            return {"type": "lifespan.shutdown"}, True
        finally:
            told.cancel()
            over.cancel()

    def _start(self) -> None:
        self._announcement = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        """Tell the supervisor as soon as a connection is accepted; granian has no event for it."""
        await wait_for_listener(self._address)
        give_up_unread(self._address.port, self._unread_timeout)
        os.kill(self._parent_pid, LISTENING_SIGNAL)


def create_application(settings: Settings, drain: Drain) -> Application:
    """Pillarbox itself; imported in the worker, for the supervisor must not even import SQLite."""
    from pillarbox.server.access_log import STANDARD_OUTPUT, AccessLog
    from pillarbox.server.app import create_app
    from pillarbox.server.line_writer import LineWriter

    access_log = AccessLog(settings.log_format, LineWriter(STANDARD_OUTPUT))
    return create_app(settings, drain, access_log)
