"""The supervisor: granian's parent process, with our rules for the life of its worker.

granian's own loop ends the service when a worker dies twice within 5.5 seconds, watches workers
with threads of the process that forks, and lets a stopping worker take all the time it wants. Here

- a dead worker is replaced, with growing delays while it keeps dying young, as long as the service
  ran at all; the others serve on meanwhile. If no worker ever came to listen, the start has failed;
- nothing but one pipe is open in this process: no thread, no socket, no SQLite (see
  `pillarbox.server.keeper`); it sleeps until a signal comes;
- on the first SIGTERM, SIGINT or SIGHUP workers stop taking requests and running ones get their
  time (see `pillarbox.server.drain`); on one that comes more than a second later everything ends at
  once.
"""

from __future__ import annotations

import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any

from granian.constants import Interfaces, Loops, SSLProtocols
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server.mp import MPServer, WorkerProcess

from pillarbox.server.backoff import Backoff
from pillarbox.server.http_layer import http_layer
from pillarbox.server.keeper_process import KeeperProcess
from pillarbox.server.notices import notify, notify_error
from pillarbox.server.settings import Settings
from pillarbox.server.tls import HeldTls, TlsIdentity
from pillarbox.server.worker import (
    HELD_SIGNALS,
    LISTENING_SIGNAL,
    ApplicationFactory,
    load,
)

#: Stop signals within so many seconds of the first are that one told again: `timeout` and service
#: managers signal the process and then its group. A person who means it can signal once more.
SAME_STOP_SECONDS = 1.0
#: A worker that doesn't end after the drain's own last word is killed; seconds.
_KILL_GRACE = 5.0


class Supervisor(MPServer):
    """The workers on one address, and the keeper beside them.

    On Linux each worker listens on a socket of its own, and the kernel spreads connections over
    them by a hash of their addresses (socket(7), SO_REUSEPORT): about evenly, however idle one is.

    Args:
        settings: with the real port.
        factory: makes the application in the worker.
        keeper: runs already.
        on_listening: called once, when the first connection can be made.
        tls: who the server is to its clients; None for http.
    """

    def __init__(
        self,
        settings: Settings,
        factory: ApplicationFactory,
        keeper: KeeperProcess,
        on_listening: Callable[[], None],
        tls: TlsIdentity | None = None,
    ) -> None:
        super().__init__(
            "pillarbox",
            address=settings.host,
            port=settings.port,
            workers=settings.workers,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            log_enabled=False,
            process_name="pillarbox serve" if find_spec("setproctitle") else None,
            **http_layer(settings.head_timeout),
        )
        self._tls = None if tls is None else HeldTls(tls)
        if self._tls is not None:
            self.ssl_ctx: Any = _tls_context(self._tls)
        self._loader = partial(load, factory, settings, os.getpid())
        self._keeper = keeper
        self._on_listening = on_listening
        self._kill_after = settings.drain_timeout + _KILL_GRACE
        self._places = [_Place(index) for index in range(settings.workers)]
        self._mailbox = _Mailbox()
        self._listens = False
        self._is_told = False
        self._stopping_since: float | None = None
        self._stops_at_once = False
        self._status = 0

    def run(self) -> int:
        """Serve until a signal ends it; gives the exit status."""
        try:
            self.serve(target_loader=self._loader, wrap_loader=False)
        finally:
            if self._tls is not None:
                self._tls.close()
        return self._status

    # --- what granian calls -------------------------------------------------------------------

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Install the signals, then start the workers."""
        survives_hangup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        self._mailbox.open()
        signal.signal(signal.SIGCHLD, _wake)
        signal.signal(LISTENING_SIGNAL, self._note_listening)
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        if survives_hangup:  # nohup
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """SIGTERM or SIGINT: the first begins the end, a second one that is meant is the end."""
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
        elif now - self._stopping_since >= SAME_STOP_SECONDS:
            self._stops_at_once = True
            for worker in self.wrks:
                worker.kill()

    def signal_handler_reload(self, *_: Any, **__: Any) -> None:
        """SIGHUP: the terminal is gone."""
        self.signal_handler_interrupt()

    def _init_shared_socket(self) -> None:
        if sys.platform == "linux":
            # The worker opens its own; granian would try it out here first and keep that socket.
            self._ssp: Any = SocketSpec(self.bind_addr, self.bind_port, self.backlog)
            self._sso = None
        else:
            super()._init_shared_socket()

    def _spawn_worker(  # type: ignore[override]
        self, idx: int, target: Any, callback_loader: Any
    ) -> WorkerProcess:
        worker = super()._spawn_worker(idx, target, callback_loader)
        # SIGCHLD tells us; a thread would be open at the next fork.
        worker._watch = _no_watching  # type: ignore[method-assign]
        return worker

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        for place in self._places:
            self._start_worker(place, spawn_target, target_loader)

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while self._stopping_since is None:
            waits = [self._keeper.tend()]
            for place in self._places:
                waits.append(self._tend(place, spawn_target, target_loader))
                if self._status:
                    return
            if self._listens and not self._is_told:
                self._is_told = True
                self._on_listening()
            self._mailbox.wait(min((wait for wait in waits if wait is not None), default=None))

    def _stop_workers(self) -> None:
        for worker in self.wrks:
            worker.terminate()
        deadline = time.monotonic() + self._kill_after
        for worker in self.wrks:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                notify_error(f"requests still ran after {self._kill_after:g} s: they were cut off")
                self._status = 1
                worker.kill()
                worker.join()
        if self._stops_at_once:
            notify("stopped at once; running requests were cut off")
            self._status = 1
        self.wrks.clear()
        self._mailbox.close()

    # --- the workers --------------------------------------------------------------------------

    def _start_worker(self, place: _Place, spawn_target: Any, target_loader: Any) -> None:
        worker = self._spawn_worker(place.index, spawn_target, target_loader)
        # A signal that came between the fork and `load` would be taken for one of ours and lost.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
        try:
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        self.wrks.append(worker)
        place.worker = worker
        place.backoff.started()

    def _tend(self, place: _Place, spawn_target: Any, target_loader: Any) -> float | None:
        """Replace a dead worker when it is time; gives the seconds until it is, or None."""
        worker = place.worker
        if worker is not None:
            if worker.is_alive():
                return None
            place.worker = None
            self.wrks.remove(worker)
            self._note_death(place, worker.inner.exitcode)
            if self._status:
                return None
        wait = place.backoff.remaining()
        if wait > 0:
            return wait
        self._start_worker(place, spawn_target, target_loader)
        return None

    def _note_death(self, place: _Place, exit_code: int | None) -> None:
        how = f"signal {-exit_code}" if exit_code and exit_code < 0 else f"status {exit_code}"
        if not self._listens:
            notify_error(f"the server could not start: its worker ended ({how})")
            self._status = 1
            return
        delay = math.ceil(place.backoff.failed() * 100) / 100
        which = "the worker" if len(self._places) == 1 else f"worker {place.index + 1}"
        notify_error(f"{which} ended unexpectedly ({how}); another starts in {delay:g} s")

    def _note_listening(self, *_: Any) -> None:
        self._listens = True


@dataclass(eq=False)
class _Place:
    """Where one worker after another serves.

    Attributes:
        worker: None while the next one is waited for.
    """

    index: int
    backoff: Backoff = field(default_factory=Backoff)
    worker: WorkerProcess | None = None


def _tls_context(tls: HeldTls) -> Any:
    """granian's own arguments, which its options would resolve to paths that are none."""
    return True, tls.certificate_path, tls.key_path, None, str(SSLProtocols.tls12), None, [], False


class _Mailbox:
    """Sleeps until a signal comes: Python writes its number into a pipe as it arrives.

    A `threading.Event` set from a signal handler can deadlock with the wait that it interrupts.
    """

    def __init__(self) -> None:
        self._read_end = self._write_end = -1

    def open(self) -> None:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)

    def wait(self, timeout: float | None) -> None:
        if select.select([self._read_end], [], [], timeout)[0]:
            os.read(self._read_end, 4096)

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        os.close(self._read_end)
        os.close(self._write_end)


def _wake(*_: Any) -> None:
    """SIGCHLD is ignored, and wakes nobody, unless it has a handler."""


def _no_watching() -> None:
    """Instead of granian's thread for each worker."""
