"""Figure: from the start of the program to the first answer, with a million objects.

After a clean stop, and after kill -9 under load with the blob files of a dead run for the sweep to
find, which runs behind. The bound is the start of a new, empty store. The first answer is that of a
signed GET; what comes before it are processes, imports and the opening of the catalog.
"""

from __future__ import annotations

import http.client
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import bounds, crowd, wrk
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.plan import Plan
from bench.servers import Server, pillarbox
from bench.signed import signed_headers
from pillarbox.forms.post_form import Credentials
from pillarbox.storage.blobs import blob_id
from pillarbox.storage.layout import FILE_MODE, FOLDER_MODE, Layout

NAME = "recovery"

#: Bytes of an orphan.
_ORPHAN = b"nobody asks for this"
#: One of the crowd.
_OLD = f"{crowd.folder_name(0)}0000000"
_SWEEP_SECONDS = 300.0
_LOAD_SECONDS = 1.0


class RecoveryError(Exception):
    """The server came back without its objects, or its sweep did not end."""


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """Start an empty store, one stopped cleanly and one that was killed, once a round."""
    ready, details = Rounds(), Rounds()
    key = Credentials("bench", secrets.token_hex(16))
    data = folder / "crowded"
    data.mkdir()
    progress(f"{NAME}: filling a bucket with {plan.crowd:,} objects")
    with pillarbox(data, key) as server:
        crowd.gather(server.endpoint, data / "data", plan.crowd)
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}")
        with TemporaryDirectory(dir=folder) as empty, _started(Path(empty), key) as (_, fresh):
            pass
        with _started(data, key) as (server, clean):
            _must_have(server.endpoint, _OLD)
            stored = _die_under_load(server, plan, f"r{number}")
        orphans = _orphans(Layout(data / "data"), plan.orphans)
        with _started(data, key) as (server, killed):
            _must_have(server.endpoint, _OLD, *stored)
            swept = killed + _seconds_until_gone(orphans)
        ready.add("ratio", {"empty / after a clean stop": fresh / clean})
        ready.add("ratio", {"empty / after kill -9": fresh / killed})
        ready.add("s", {"ready after a clean stop": clean, "ready after kill -9": killed})
        details.add("s", {"ready with an empty store": fresh})
        details.add("s", {f"until {plan.orphans:,} orphans were swept": swept})
    title = f"from start to the first answer, {plan.crowd:,} objects"
    return Figure(NAME, title, ready.lines(), details.lines())


@contextmanager
def _started(folder: Path, key: Credentials) -> Iterator[tuple[Server, float]]:
    """A server, and the seconds from its start to the first answer."""
    bounds.settle()
    start = time.monotonic()
    with pillarbox(folder, key) as server:
        _status(server.endpoint, "nothing")
        yield server, time.monotonic() - start


def _die_under_load(server: Server, plan: Plan, run: str) -> list[str]:
    """Kill the server amid its commits, and tell a key that it has answered for.

    Without wrk it is idle when it is killed, and there is no such key.
    """
    if not wrk.is_installed():
        server.kill()
        return []
    with wrk.driving(server.endpoint, plan.small_size, 32, run):
        time.sleep(_LOAD_SECONDS)
        server.kill()
    return [wrk.first_key(run)]


def _must_have(endpoint: Endpoint, *keys: str) -> None:
    for key in keys:
        status = _status(endpoint, key)
        if status != 200:
            raise RecoveryError(f"{key}, which was there before, got {status}")


def _status(endpoint: Endpoint, key: str) -> int:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    path = f"/{endpoint.bucket}/{key}"
    connection.request("GET", path, headers=signed_headers(endpoint, "GET", path))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _orphans(layout: Layout, count: int) -> Path:
    """The folder of a dead run with blob files that no row names."""
    run = blob_id.new_run()
    ids = blob_id.BlobIds(run)
    folder = layout.blobs / run
    folder.mkdir(FOLDER_MODE)
    for _ in range(count):
        path = folder / ids.file()
        path.touch(FILE_MODE)
        path.write_bytes(_ORPHAN)
    return folder


def _seconds_until_gone(folder: Path) -> float:
    start = time.monotonic()
    while folder.exists():
        if time.monotonic() - start > _SWEEP_SECONDS:
            raise RecoveryError(f"the sweep did not end within {_SWEEP_SECONDS:.0f} s")
        time.sleep(0.05)
    return time.monotonic() - start
