"""The servers that are measured, each with processes, a port and a directory of its own.

Every one listens on a free port of 127.0.0.1 and is ended by its process id.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bench import processes
from bench.endpoint import Endpoint
from pillarbox.forms.post_form import Credentials

T = TypeVar("T")

BUCKET = "bench"
_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent


class ServerError(Exception):
    """A server did not start or did not stop."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        pid: of the process that was started.
        worker: the process that takes connections.
        folder: its own; `log` lies there, and `data` where it keeps anything.
    """

    endpoint: Endpoint
    pid: int
    worker: int
    folder: Path

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far."""
        return processes.cpu_seconds(processes.family(self.pid))

    def kill(self) -> None:
        """End all its processes at once, without a word to them."""
        members = processes.family(self.pid)
        os.killpg(self.pid, signal.SIGKILL)
        while any(map(processes.is_alive, members)):  # their locks end with them
            time.sleep(0.001)


@contextmanager
def pillarbox(
    folder: Path, credentials: Credentials | None = None, *, workers: int = 1
) -> Iterator[Server]:
    """`pillarbox serve` with a private bucket; its log goes to a file in `folder`.

    Args:
        credentials: of the root AccessKey, which a store that was there before has already.
        workers: how many processes serve.
    """
    credentials = credentials or Credentials("bench", secrets.token_hex(16))
    port = free_port()
    command = [sys.executable, "-m", "pillarbox", "serve", "--data", str(folder / "data")]
    command += ["--listen", f"{_HOST}:{port}", "--init-bucket", f"{BUCKET}:private"]
    command += ["--workers", str(workers)]
    environment = {
        "PILLARBOX_ACCESS_KEY_ID": credentials.access_key_id,
        "PILLARBOX_ACCESS_KEY_SECRET": credentials.access_key_secret,
    }
    with _running(command, port, folder, credentials, environment) as server:
        yield server


@contextmanager
def floor(folder: Path) -> Iterator[Server]:
    """The same parser and the same commit, without a rule: see `bench.floor`."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", "--data", str(folder / "data")]
    command += ["--port", str(port), "--bucket", BUCKET]
    with _running(command, port, folder, Credentials("nobody", "asks")) as server:
        yield server


@contextmanager
def bare(folder: Path) -> Iterator[Server]:
    """granian alone: see `bench.bare`."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", "--port", str(port)]
    with _running(command, port, folder, Credentials("nobody", "asks")) as server:
        yield server


#: The body goes to a file as it comes; nginx hands a request on only with a handler behind it,
#: so one process plays both sides, and the body itself is not handed on.
_NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_buffer_size 256k;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {host}:{port};
        location /files/ {{
            alias {folder}/files/;
            sendfile on;
            tcp_nopush on;
        }}
        location / {{
            client_body_in_file_only clean;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_pass http://unix:{folder}/behind.sock;
        }}
    }}
    server {{
        listen unix:{folder}/behind.sock;
        return 204;
    }}
}}
"""


def nginx_program() -> str | None:
    """Where nginx is, None if it is not installed; it stands in a folder for root's programs."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """nginx writing every body to a file in `folder`, removed after the answer.

    Under `/files/` it sends the files of `folder/files` by sendfile.
    """
    program = nginx_program()
    if program is None:
        raise ServerError("nginx is not installed: `make services` installs it")
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, host=_HOST, port=port))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log")]
    command += ["-c", str(configuration)]
    with _running(command, port, folder, Credentials("nobody", "asks")) as server:
        yield server


@contextmanager
def started_together(
    starts: Mapping[str, Callable[[], AbstractContextManager[T]]],
) -> Iterator[dict[str, T]]:
    """Servers by name; they start at the same time, each on a core if there are enough."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(len(starts)) as threads:
            entered = threads.map(lambda start: stack.enter_context(start()), starts.values())
            servers = dict(zip(starts, entered, strict=True))
        yield servers


def in_fresh_server(
    start: Callable[[Path], AbstractContextManager[Server]],
    folder: Path,
    measure: Callable[[Server], T],
) -> T:
    """What `measure` finds in a server with an empty directory, which is gone afterwards."""
    with TemporaryDirectory(dir=folder) as data, start(Path(data)) as server:
        os.sync()  # what earlier runs left to write shall not be paid by this one
        return measure(server)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(
    command: Sequence[str],
    port: int,
    folder: Path,
    credentials: Credentials,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for the bench, which then ends the server
        )
    try:
        worker = _wait_for_listener(process, port, log)
        endpoint = Endpoint(f"http://{_HOST}:{port}", BUCKET, credentials)
        yield Server(endpoint, process.pid, worker, folder)
    finally:
        if process.poll() is None:
            _stop(process)


def _wait_for_listener(process: subprocess.Popen[bytes], port: int, log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        worker = processes.listener(processes.family(process.pid), port)
        if worker is not None:
            return worker
        time.sleep(0.005)
    said = log.read_text(errors="replace").strip()[-1000:]
    raise ServerError(f"{process.args!r} did not start: {said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ServerError(f"{process.args!r} did not stop within {_STOP_SECONDS:.0f} s") from None
