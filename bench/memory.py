"""Figure: what uploads add to the resident memory of the idle worker.

Each in a fresh worker that has taken one large form before, so that what is loaded once is counted
as idle. VmHWM tells the peak of a long upload, VmRSS what stalled ones hold after a while.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import processes
from bench.delivery import deliver
from bench.endpoint import Endpoint
from bench.figure import Figure, Progress, Rounds
from bench.forms import wire_form
from bench.plan import MIB, Plan
from bench.servers import Server, pillarbox
from bench.sizes import in_words
from bench.workspace import hollow_file

NAME = "memory"

_WARM_UP_SIZE = MIB
#: What a stalled upload announces; most of it never comes.
_ANNOUNCED = 64


class StalledError(Exception):
    """Uploads that should have stood still were answered or cut off."""


def measure(plan: Plan, folder: Path, progress: Progress) -> Figure:
    """One upload of `plan.long_size` and `plan.stalled_uploads` that stand still, once a round."""
    added, details = Rounds(), Rounds()
    size = in_words(plan.long_size)
    for number in range(plan.rounds):
        progress(f"{NAME}: round {number + 1} of {plan.rounds}, one form of {size}")
        with _idle_worker(plan, folder) as (server, idle):
            source = hollow_file(folder / "long", plan.long_size)
            deliver(server.endpoint, source, "long")
            source.unlink()
            peak = processes.memory(server.worker).peak
        added.add("MiB", {f"one form of {size}, peak": (peak - idle) / MIB})
        details.add("MiB", {"the idle worker": idle / MIB})
        progress(f"{NAME}: round {number + 1} of {plan.rounds}, stalled uploads")
        with _idle_worker(plan, folder) as (server, idle), stalled(server.endpoint, plan):
            time.sleep(plan.rest_seconds)
            memory = processes.memory(server.worker)
        what = f"{plan.stalled_uploads} stalled uploads"
        added.add("MiB", {what: (memory.now - idle) / MIB})
        added.add("MiB", {f"{what}, peak": (memory.peak - idle) / MIB})
    return Figure(NAME, "resident memory added to the idle worker", added.lines(), details.lines())


@contextmanager
def _idle_worker(plan: Plan, folder: Path) -> Iterator[tuple[Server, int]]:
    """A fresh Pillarbox at rest, and the resident bytes of its worker."""
    with TemporaryDirectory(dir=folder) as data, pillarbox(Path(data)) as server:
        deliver(server.endpoint, hollow_file(Path(data, "warm-up"), _WARM_UP_SIZE), "warm-up")
        time.sleep(plan.rest_seconds)
        processes.forget_peak(server.worker)
        yield server, processes.memory(server.worker).now


@contextmanager
def stalled(endpoint: Endpoint, plan: Plan) -> Iterator[None]:
    """Uploads that have sent their fields and the beginning of their file, and then nothing.

    Raises:
        StalledError: at the end, if the server has not borne with all of them until then.
    """
    piece = bytes(plan.stalled_size)
    connections = []
    with ExitStack() as stack:
        for number in range(plan.stalled_uploads):
            form = wire_form(endpoint, f"stalled-{number}", _ANNOUNCED * plan.stalled_size)
            connection = socket.create_connection((endpoint.host, endpoint.port))
            stack.enter_context(connection)
            connection.sendall(form.head + piece)
            connections.append(connection)
        yield
        ended, _, _ = select.select(connections, [], [], 0)
        if ended:
            raise StalledError(f"{len(ended)} of {len(connections)} stalled uploads were ended")
