"""Nothing of SQLite, threads or sockets is open where workers are forked from; no secret shows."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.server.probe_server import open_files
from tests.server.probing import PROBE_SECRET, StartProbe, accepts
from tests.server_process import ServerProcess, command_line_of, wait_until

_MODULES_OF_SQLITE = {"sqlite3", "_sqlite3", "sqlalchemy", "pillarbox.server.app"}


def kill_worker(server: ServerProcess) -> None:
    """kill -9 the worker, and wait for the next one to listen."""
    worker = server.worker_pid
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: server.worker_pid not in (None, worker), "another worker")
    wait_until(lambda: accepts(server), "the port")


def test_the_worker_inherits_no_sqlite_and_no_socket(start_probe: StartProbe) -> None:
    # Coverage keeps its own data in SQLite, so these processes are not measured.
    server = start_probe(environment={"COVERAGE_PROCESS_CONFIG": ""})
    for _ in range(2):  # the second worker is forked from a supervisor that has run for a while
        process = httpx.get(f"{server.base_url}/process").json()
        assert process["parent"] == server.pid
        assert not {"sqlite3", "sqlalchemy", "pillarbox.server.app"} & set(
            process["modules_at_load"]
        )
        assert not [name for name in process["files_at_load"] if _is_unfit(name)]
        kill_worker(server)


def test_the_supervisor_has_no_thread_and_no_socket(start_probe: StartProbe) -> None:
    server = start_probe()
    for _ in range(2):
        assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == 1
        assert not [name for name in open_files(server.pid) if _is_unfit(name)]
        kill_worker(server)


def test_no_command_line_holds_the_secret(start_probe: StartProbe) -> None:
    server = start_probe()
    assert server.worker_pid is not None
    assert server.keeper_pid is not None
    for pid in (server.pid, server.worker_pid, server.keeper_pid):
        line = command_line_of(pid)
        assert line
        assert PROBE_SECRET not in line
    assert PROBE_SECRET not in server.output + server.notices


def test_a_worker_that_is_spawned_instead_of_forked(start_probe: StartProbe) -> None:
    server = start_probe(method="spawn")
    assert httpx.post(server.base_url, content=b"abc").json() == {"size": 3}
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize(
    "name", ["socket:[1]", "/data/catalog.sqlite3", "/data/catalog.sqlite3-wal"]
)
def test_the_test_would_notice(name: str) -> None:
    assert _is_unfit(name)


def _is_unfit(name: str) -> bool:
    return name.startswith("socket:") or ".sqlite3" in name
