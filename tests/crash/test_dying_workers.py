"""One worker of several is killed again and again: the others lose nothing, and go on.

Uploads are half sent to all workers when one of them, and now and then the keeper with it, is
killed. The new keeper sweeps at once; what the living workers write must stay. Those of the half
uploads that went to a living worker are finished then, beside others that come and go.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import oss2

from pillarbox.storage.layout import Layout
from tests.crash.client import Answer, Client
from tests.crash.comparison import compare
from tests.crash.conftest import Settings
from tests.crash.fault_points import BLOB_NAME
from tests.crash.fault_shim import Action, FaultShim, Rule
from tests.crash.half_upload import HalfUpload
from tests.crash.ledger import Ledger
from tests.crash.parted import bucket_of
from tests.crash.rounds import reap_and_compare
from tests.crash.serving import DoomedServer
from tests.server_process import wait_until

#: Of several pieces, so that a file is begun with the first half.
_SIZE = 2 << 20

#: As the kernel spreads connections, some reach each worker.
_HALVES = 12

#: Seconds between two uploads of a client: the kills take a while, and all is compared.
_PAUSE = 0.05

_SIZES = (1000, 60_000, 300_000)


@contextmanager
def uploads(server: DoomedServer, ledger: Ledger, seed: int) -> Iterator[None]:
    """Clients that upload all the while; one whose connection breaks comes again."""
    stop, errors = threading.Event(), list[BaseException]()

    def run(name: str) -> None:
        luck = random.Random(f"{seed}/{name}")
        client = Client(bucket_of(server), ledger)
        for number in count():
            if stop.wait(_PAUSE):
                return
            data = luck.randbytes(luck.choice(_SIZES))
            key = f"{name}/{number if luck.random() < 0.7 else 'again'}"
            try:
                answer = client.put(key, data)
            except oss2.exceptions.RequestError:
                client = Client(bucket_of(server), ledger)
            except BaseException as error:
                errors.append(error)
                return
            else:
                if answer.status != 200:
                    errors.append(AssertionError(f"{answer} for {key}"))
                    return

    threads = [threading.Thread(target=run, args=(f"client-{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []


def test_a_worker_that_is_killed_again_and_again(tmp_path: Path, settings: Settings) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with DoomedServer(data_dir, workers=2) as server:
        with uploads(server, ledger, settings.seed):
            for number in range(settings.rounds):
                kill_one(server, ledger, f"round-{number}", with_keeper=number % 2 == 0)
        assert compare(server, data_dir, ledger) == []
        server.stop()
    with DoomedServer(data_dir) as server:
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []


def listeners(port: int) -> int:
    """Sockets of this machine that listen on a port (proc(5))."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        1 for _, local, _, state, *_ in sockets if local.endswith(f":{port:04X}") and state == "0A"
    )


def test_the_sweep_spares_what_a_stopped_worker_has_not_committed(
    tmp_path: Path, fault_library: Path
) -> None:
    data_dir, ledger = tmp_path / "data", Ledger()
    with (
        FaultShim(fault_library, tmp_path / "faults") as shim,
        DoomedServer(data_dir, workers=2, shim=shim) as server,
        ThreadPoolExecutor(1) as threads,
    ):
        wait_until(lambda: listeners(server.port) == 2, "two workers that listen")
        runs = list(Layout(data_dir).blobs.iterdir())
        workers, keeper = server.worker_pids, server.keeper_pid
        shim.arm(Rule(BLOB_NAME, Action.STOP, is_behind=True))
        client = Client(bucket_of(server), ledger)
        upload = threads.submit(client.put, "late", bytes(_SIZE))
        wait_until(lambda: shim.strikes > 0, "a blob that has a name and no row")
        (stopped,) = (pid for pid in workers if is_stopped(pid))
        (other,) = workers - {stopped}
        assert keeper is not None
        os.kill(other, signal.SIGKILL)
        os.kill(keeper, signal.SIGKILL)
        # The other's folder is empty, so the sweep takes it away.
        wait_until(lambda: not all(run.exists() for run in runs), "the new keeper's sweep")
        os.kill(stopped, signal.SIGCONT)
        assert upload.result() == Answer(200)
        assert compare(server, data_dir, ledger) == []
        server.stop()
    assert reap_and_compare(data_dir) == []


def is_stopped(pid: int) -> bool:
    """See proc(5), `stat`."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def kill_one(server: DoomedServer, ledger: Ledger, name: str, *, with_keeper: bool) -> None:
    """Kill a worker in the midst of uploads."""
    wait_until(lambda: listeners(server.port) == 2, "two workers that listen")
    before, keeper = server.worker_pids, server.keeper_pid
    data = random.Random(name).randbytes(_SIZE)
    halves = [HalfUpload(server, ledger, f"{name}/{n}", data) for n in range(_HALVES)]
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    if with_keeper:
        assert keeper is not None
        os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: not server.worker_pids & {victim}, "the worker's death")
    if with_keeper:
        wait_until(lambda: server.keeper_pid not in (None, keeper), "another keeper")
    wait_until(lambda: len(server.worker_pids) == len(before), "another worker")
    acknowledged = ledger.acknowledged
    wait_until(lambda: ledger.acknowledged > acknowledged, "an upload beside it")
    finished = [half.finish() for half in halves]
    assert any(finished)
    assert not all(finished)
