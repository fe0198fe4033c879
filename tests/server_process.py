"""Real `pillarbox serve` processes for tests: started on a free port, stopped by SIGTERM."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from pillarbox.model.objects import AccessKey

#: How long anything may take before a test gives up; no test asserts it.
PATIENCE = 60.0

TEST_KEY = AccessKey(id="testkeyid", secret="testkeysecret0123456789", account_id="")

#: Runs a command with a soft limit of open files: `[*_LIMITED, "1024", *command]`.
_LIMITED = ["sh", "-c", 'ulimit -S -n "$0" && exec "$@"']

#: In the banner on standard output or, with `--log-format json`, in a notice.
_ENDPOINT = re.compile(r'Pillarbox listens on (https?://[^\s"]+)')


class ServerProcess:
    """One running server.

    Attributes:
        base_url: `http://HOST:PORT` or `https://HOST:PORT`, as the server printed it.
        data_dir: its directory.
        access_key: its root key; the account id is not known here.
        pid: of the supervisor.
    """

    def __init__(
        self,
        data_dir: Path,
        options: Sequence[str] = (),
        *,
        listen: str = "127.0.0.1:0",
        access_key: AccessKey | None = TEST_KEY,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        own_group: bool = False,
        soft_file_limit: int | None = None,
    ) -> None:
        """Start it and wait for its endpoint.

        Args:
            data_dir: `--data`.
            options: further ones of `pillarbox serve`.
            listen: `--listen`; port 0 takes a free one.
            access_key: given by environment; None leaves it to the server to make one.
            environment: more of it.
            command: another program in place of `pillarbox serve`, with all its arguments.
            own_group: a process group of its own, for signals that reach the whole group.
            soft_file_limit: open files that it starts with; as many as this process by default.

        Raises:
            ServerEndedError: it ended instead.
        """
        self.data_dir = data_dir
        self.access_key = access_key or TEST_KEY
        serve = ["-m", "pillarbox", "serve", "--data", str(data_dir), "--listen", listen]
        variables = {**os.environ, **(environment or {})}
        if access_key is not None:
            variables["PILLARBOX_ACCESS_KEY_ID"] = access_key.id
            variables["PILLARBOX_ACCESS_KEY_SECRET"] = access_key.secret
        limit = [] if soft_file_limit is None else [*_LIMITED, str(soft_file_limit)]
        self._process = subprocess.Popen(
            [*limit, sys.executable, *(command or [*serve, *options])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=variables,
            start_new_session=own_group,
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output = _Capture(self._process.stdout)
        self._notices = _Capture(self._process.stderr)
        self.base_url = self._wait_for_endpoint()

    @property
    def port(self) -> int:
        """The real one."""
        return int(self.base_url.rpartition(":")[2])

    @property
    def output(self) -> str:
        """Standard output so far: the banner, if there is one, then the access log."""
        return self._output.text

    @property
    def notices(self) -> str:
        """Standard error so far."""
        return self._notices.text

    def wait_for_output(self, text: str) -> None:
        """Until standard output has `text`."""
        wait_until(lambda: text in self.output, f"{text!r} in the output")

    def wait_for_notice(self, text: str) -> None:
        """Until standard error has `text`."""
        wait_until(lambda: text in self.notices, f"{text!r} in the notices")

    @property
    def worker_pid(self) -> int | None:
        """Of the worker, None while there is none."""
        return next((pid for pid in self._children() if not _is_keeper(pid)), None)

    @property
    def worker_pids(self) -> set[int]:
        """Of all workers that run."""
        return {pid for pid in self._children() if not _is_keeper(pid)}

    @property
    def keeper_pid(self) -> int | None:
        """Of the keeper, None while there is none."""
        return next((pid for pid in self._children() if _is_keeper(pid)), None)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the supervisor alone."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9 the supervisor alone, and wait until it is gone."""
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """The exit status, when it has ended and all that it said was read."""
        status = self._process.wait(PATIENCE)
        self._output.join()
        self._notices.join()
        return status

    def stop(self) -> None:
        """SIGTERM; a server that doesn't end with status 0 fails the test."""
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
            status = self.wait()
            assert status == 0, f"the server ended with status {status}: {self.notices}"

    def end(self) -> None:
        """Make sure that it is gone, whatever state it is in."""
        if self._process.poll() is None:
            self._process.kill()
        self.wait()

    def _wait_for_endpoint(self) -> str:
        found: list[str] = []

        def listens() -> bool:
            found.extend(_ENDPOINT.findall(self.output + self.notices))
            return bool(found) or self._process.poll() is not None

        try:
            wait_until(listens, "the endpoint")
        except BaseException:
            self.end()
            raise
        if not found:
            raise ServerEndedError(self.wait(), self.notices)
        return found[0]

    def _children(self) -> list[int]:
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True
        )
        return [int(pid) for pid in listed.stdout.split()]


class ServerEndedError(Exception):
    """A server ended instead of listening.

    Attributes:
        status: its exit status.
        notices: what it said on standard error.
    """

    def __init__(self, status: int, notices: str) -> None:
        super().__init__(f"the server ended with status {status}: {notices}")
        self.status = status
        self.notices = notices


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:g} s for {what}")
        time.sleep(0.02)


def command_line_of(pid: int) -> str:
    """What `ps` shows of a process, empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):  # it ends just now
        return ""


def _is_keeper(pid: int) -> bool:
    return "pillarbox.server.keeper" in command_line_of(pid)


class _Capture:
    """Reads a pipe in a thread, so that it never fills up."""

    def __init__(self, pipe: IO[str]) -> None:
        self._lines: list[str] = []
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        return "".join(self._lines)

    def join(self) -> None:
        self._thread.join(PATIENCE)

    def _read(self) -> None:
        with self._pipe:
            for line in self._pipe:
                self._lines.append(line)
