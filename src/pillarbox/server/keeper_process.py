"""The supervisor's side of the keeper: start it, hear its report, replace it when it dies."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pillarbox
from pillarbox.server.backoff import Backoff
from pillarbox.server.keeper_orders import Orders, Report
from pillarbox.server.notices import notify

_STOP_SECONDS = 7.0

#: Never handed down: the keeper gets the root key through a pipe.
_SECRET_VARIABLE = "PILLARBOX_ACCESS_KEY_SECRET"  # noqa: S105 (a name, no secret)


class KeeperFailedError(Exception):
    """The keeper could not prepare the directory; it has said why itself."""


class KeeperProcess:
    """The one keeper of this server. Uploads need it only at the start.

    Args:
        orders: for the first keeper; `again` is set for later ones.
        lock_fd: the directory's lock, held open by the keeper as well.
    """

    def __init__(self, orders: Orders, lock_fd: int) -> None:
        self._orders = orders
        self._lock_fd = lock_fd
        self._backoff = Backoff()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running keeper."""
        return self._process.pid if self._process else None

    def prepare(self) -> Report:
        """Start the keeper and wait for its report.

        Raises:
            KeeperFailedError: it ended instead.
        """
        self._process = self._spawn(self._orders, subprocess.PIPE)
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            line = pipe.readline()
        if not line:
            self._process.wait()
            raise KeeperFailedError
        report = Report(**json.loads(line))
        settings = report.resolved(self._orders.settings)
        self._orders = replace(self._orders, settings=settings, again=True)
        return report

    def tend(self) -> float | None:
        """Replace a dead keeper when it is time; gives the seconds until it is, or None."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return None
            self._process = None
            delay = self._backoff.failed()
            notify(
                f"background work ended unexpectedly (status {status}); "
                f"uploads go on, it starts again in {delay:g} s"
            )
        wait = self._backoff.remaining()
        if wait > 0:
            return wait
        self._process = self._spawn(self._orders, subprocess.DEVNULL)
        self._backoff.started()
        return None

    def stop(self) -> None:
        """End the keeper; waits until it is gone."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End the keeper at once."""
        if self._process is not None:
            self._process.kill()

    def _spawn(self, orders: Orders, stdout: int) -> subprocess.Popen[bytes]:
        # -P and the explicit path: a folder `pillarbox` in the working directory is not ours.
        environment = {k: v for k, v in os.environ.items() if k != _SECRET_VARIABLE}
        paths = [str(Path(pillarbox.__file__).parents[1]), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pillarbox.server.keeper"],
            stdin=subprocess.PIPE,
            stdout=stdout,
            env=environment,
            pass_fds=(self._lock_fd,),
        )
        assert process.stdin is not None
        try:
            with process.stdin as pipe:
                pickle.dump(orders, pipe)
        except BrokenPipeError:
            pass  # it died at once: `prepare` and `tend` notice
        return process
