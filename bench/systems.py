"""Other systems that take the same forms, and how durable an answer of each is.

Ceph's gateway is started by `tests/services/ceph-rgw`, moto by its own program; any other one runs
already and is named on the command line.
"""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from bench.durability import PROMISES
from bench.endpoint import Endpoint
from bench.servers import BUCKET, ServerError, free_port, pillarbox
from pillarbox.forms.post_form import Credentials
from pillarbox.signing import s3_v2

_HOST = "127.0.0.1"
_CEPH_SCRIPT = Path(__file__).resolve().parent.parent / "tests" / "services" / "ceph-rgw"
_CEPH_PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-mgr", "ceph-osd", "radosgw")
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class System:
    """A store that can be driven.

    Attributes:
        durability: what an answer of it means, in words.
        start: runs it while the context lasts, keeping what it needs in a directory.
        is_slow: takes half a minute to start.
    """

    name: str
    durability: str
    start: Callable[[Path], AbstractContextManager[Endpoint]]
    is_slow: bool = False


def target(endpoint: Endpoint, durability: str) -> System:
    """A store that runs already."""
    return System(endpoint.url, durability, lambda _folder: nullcontext(endpoint))


def installed() -> list[System]:
    """What can be started here besides Pillarbox."""
    found = []
    if all(map(shutil.which, _CEPH_PROGRAMS)):
        found.append(CEPH)
    if _moto_program() is not None:
        found.append(MOTO)
    return found


@contextmanager
def _pillarbox(folder: Path) -> Iterator[Endpoint]:
    with pillarbox(folder) as server:
        yield server.endpoint


@contextmanager
def _ceph(folder: Path) -> Iterator[Endpoint]:
    key = Credentials("pillarbox", "pillarbox-secret")  # the script's own, for loopback alone
    endpoint = Endpoint(f"http://{_HOST}:{free_port()}", BUCKET, key, "s3-v2")
    script = ["bash", str(_CEPH_SCRIPT)]
    start = [*script, "start", str(folder), str(endpoint.port), str(_two_free_ports())]
    try:
        with (folder / "start.log").open("w+") as log:
            # To a file: daemons inherit the descriptor, and a pipe would never end.
            done = subprocess.run(start, stdout=log, stderr=log, check=False)
            log.seek(0)
            if done.returncode != 0:
                raise ServerError(f"Ceph did not start: {log.read().strip()[-500:]}")
        make_bucket(endpoint)
        yield endpoint
    finally:
        subprocess.run([*script, "stop", str(folder)], check=False)


def _moto_program() -> str | None:
    beside = Path(sys.executable).with_name("moto_server")
    return str(beside) if beside.exists() else shutil.which("moto_server")


@contextmanager
def _moto(folder: Path) -> Iterator[Endpoint]:
    port = free_port()
    command = [_moto_program() or "moto_server", "-H", _HOST, "-p", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, "moto")
        endpoint = Endpoint(f"http://{_HOST}:{port}", BUCKET, Credentials("any", "any"), "s3-v4")
        make_bucket(endpoint)
        yield endpoint
    finally:
        process.terminate()
        process.wait()


OURS = System("Pillarbox", PROMISES["Pillarbox"], _pillarbox)
CEPH = System(
    "Ceph's gateway",
    "two of three OSDs have forced it to the disk, here the same disk for both",
    _ceph,
    is_slow=True,
)
MOTO = System("moto", "nothing: objects live in memory and are gone with the process", _moto)


def make_bucket(endpoint: Endpoint) -> None:
    """Create the bucket by S3's PUT Bucket.

    Raises:
        ServerError: it was refused.
    """
    path = f"/{endpoint.bucket}/"  # signed as it is sent by every store, unlike one without the end
    key = endpoint.credentials
    date = formatdate(usegmt=True)
    signature = s3_v2.authorization(
        "PUT",
        path.encode(),
        (endpoint.bucket, None),
        (),
        [(b"date", date.encode())],
        key.access_key_id,
        key.access_key_secret,
    )
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    connection.request("PUT", path, headers={"Date": date, "Authorization": signature})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 200:
        raise ServerError(f"PUT {path} got {answer.status}: {said[:300]!r}")


def _wait_for(port: int, name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((_HOST, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ServerError(f"{name} did not start within {_START_SECONDS:.0f} s")


def _two_free_ports() -> int:
    """A free port for Ceph's monitor, whose next one is free too."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port + 1))
            except OSError:
                continue
        return port
