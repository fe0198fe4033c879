"""granian on an event loop of ours, without a process of its own.

Its logging is for a process that it has alone; here it must leave everything as it was.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server.embed import Server

from pillarbox.server.http_layer import http_layer
from pillarbox.server.settings import Settings
from pillarbox.server.worker import Application


class EmbeddedServer(Server):
    """One server on the running loop, until `stop`.

    Args:
        application: an ASGI application without a lifespan.
        settings: with a real port.
    """

    def __init__(self, application: Application, settings: Settings) -> None:
        super().__init__(
            application,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            log_level=LogLevels.error,
            # Else granian's own configuration would close every handler of the process.
            log_dictconfig={"incremental": True, "handlers": {}, "loggers": {}},
            **http_layer(settings.head_timeout),
        )

    def _init_shared_socket(self) -> None:
        if sys.platform == "linux":
            # The worker opens its own; granian would try it out here first and keep that socket.
            self._ssp: Any = SocketSpec(self.bind_addr, self.bind_port, self.backlog)
        else:
            super()._init_shared_socket()


class _Quiet:
    """granian's logger at `ERROR`, where each of its servers puts it, while any of them runs."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("_granian")
        self._lock = threading.Lock()
        self._running = 0
        self._former = logging.NOTSET

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """The last to leave gives the logger the level that it had."""
        with self._lock:
            if self._running == 0:
                self._former = self._logger.level
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    self._logger.setLevel(self._former)


#: To be entered for as long as an `EmbeddedServer` is there.
quiet_granian = _Quiet()
