"""Several workers: each takes connections, one may die, all of them end."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.server.probing import StartProbe, Upload, accepts
from tests.server.test_process_stop import begin_upload
from tests.server_process import PATIENCE, ServerEndedError, ServerProcess, wait_until


def start_two(start_probe: StartProbe, drain_seconds: float = 30.0) -> ServerProcess:
    """A server whose two workers both serve."""
    server = start_probe(drain_seconds, environment={"PROBE_WORKERS": "2"})
    wait_until(lambda: len(answering(server)) == 2, "both workers")
    return server


def answering(server: ServerProcess, connections: int = 64) -> Counter[int]:
    """How many of new connections each worker answers, by process id."""
    return Counter(_answering_pid(server) for _ in range(connections))


def _answering_pid(server: ServerProcess) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    with closing(connection):
        connection.request("GET", "/process")
        return int(json.loads(connection.getresponse().read())["pid"])


def test_each_worker_takes_its_share_of_connections(start_probe: StartProbe) -> None:
    server = start_two(start_probe)
    shares = answering(server, 200)
    assert shares.keys() == server.worker_pids
    assert min(shares.values()) > 50  # of 200 thrown coins, ten in a million million


def test_one_dies_and_the_other_serves_on(start_probe: StartProbe) -> None:
    server = start_two(start_probe)
    victim, other = server.worker_pids
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in server.worker_pids, "the worker's death")
    assert other in answering(server)
    wait_until(lambda: len(server.worker_pids) == 2, "another worker")
    wait_until(lambda: len(answering(server)) == 2, "both workers")
    assert other in server.worker_pids
    assert "ended unexpectedly (signal 9); another starts in 0 s" in server.notices


def test_each_has_its_own_delays(start_probe: StartProbe) -> None:
    server = start_two(start_probe)
    for number in (1, 2):
        for victim in server.worker_pids:
            os.kill(victim, signal.SIGKILL)
        wait_until(lambda n=number: server.notices.count("another starts") == 2 * n, "both deaths")  # type: ignore[misc]
        wait_until(lambda: len(server.worker_pids) == 2, "other workers")
    for worker in (1, 2):
        for delay in ("0", "0.5"):
            server.wait_for_notice(
                f"worker {worker} ended unexpectedly (signal 9); another starts in {delay} s"
            )


def test_all_finish_what_runs_before_they_end(start_probe: StartProbe) -> None:
    server = start_two(start_probe)
    uploads: list[Upload] = [begin_upload(server) for _ in range(16)]
    server.signal(signal.SIGTERM)
    wait_until(lambda: not accepts(server), "the listeners' end")
    for upload in uploads:
        upload.send(b"67890")
        assert upload.answer().endswith(b'{"size": 10}')
    assert server.wait() == 0
    assert server.output.count("lifespan ended") == 2
    assert server.notices == ""


def test_all_refuse_what_takes_too_long(start_probe: StartProbe) -> None:
    server = start_two(start_probe, drain_seconds=0.5)
    uploads: list[Upload] = [begin_upload(server) for _ in range(16)]
    server.signal(signal.SIGTERM)
    for upload in uploads:
        assert upload.answer().startswith(b"HTTP/1.1 503 ")
        upload.close()
    assert server.wait() == 0
    assert server.output.count("lifespan ended") == 2


def test_a_failed_start_ends_them_all(start_probe: StartProbe) -> None:
    with pytest.raises(ServerEndedError) as ended:
        start_probe(environment={"PROBE_FAILS": "1", "PROBE_WORKERS": "2"})
    assert ended.value.status == 1
    assert "the server could not start: its worker ended (status 1)" in ended.value.notices


def test_none_outlives_the_supervisor(start_probe: StartProbe) -> None:
    server = start_two(start_probe)
    server.kill()
    wait_until(lambda: not accepts(server), "the workers' end")
