"""A dead worker or keeper is replaced; none outlives the supervisor."""

from __future__ import annotations

import os
import signal

import httpx
import pytest

from tests.server.probing import StartProbe, accepts
from tests.server.test_process_fork import kill_worker
from tests.server_process import ServerEndedError, command_line_of, wait_until


def test_a_dead_worker_is_replaced(start_probe: StartProbe) -> None:
    server = start_probe()
    before = httpx.get(f"{server.base_url}/process").json()["pid"]
    kill_worker(server)
    after = httpx.get(f"{server.base_url}/process").json()["pid"]
    assert after != before
    server.wait_for_notice("the worker ended unexpectedly (signal 9); another starts in 0 s")


def test_deaths_in_a_row_do_not_end_the_service(start_probe: StartProbe) -> None:
    server = start_probe()
    for _ in range(3):
        kill_worker(server)
    assert httpx.post(server.base_url, content=b"abc").json() == {"size": 3}
    server.wait_for_notice("another starts in 0.5 s")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_stop_while_no_worker_runs(start_probe: StartProbe) -> None:
    server = start_probe()
    for _ in range(4):
        kill_worker(server)
    worker = server.worker_pid
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: server.worker_pid is None, "the worker's death")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_worker_that_never_listened_is_a_failed_start(start_probe: StartProbe) -> None:
    with pytest.raises(ServerEndedError) as ended:
        start_probe(environment={"PROBE_FAILS": "1"})
    assert ended.value.status == 1
    assert "the probe fails on purpose" in ended.value.notices
    last = ended.value.notices.splitlines()[-1]
    assert last == "pillarbox: the server could not start: its worker ended (status 1)"


def test_nothing_outlives_the_supervisor(start_probe: StartProbe) -> None:
    server = start_probe()
    worker, keeper = server.worker_pid, server.keeper_pid
    assert worker is not None
    assert keeper is not None
    server.kill()
    wait_until(lambda: not command_line_of(worker), "the worker's end")
    wait_until(lambda: not command_line_of(keeper), "the keeper's end")
    assert not accepts(server)
    assert start_probe(data_dir=server.data_dir, port=server.port).port == server.port


def test_a_new_server_need_not_wait_for_the_killed_ones_children(start_probe: StartProbe) -> None:
    server = start_probe()
    server.kill()
    assert start_probe(data_dir=server.data_dir, port=server.port).port == server.port


def test_a_dead_keeper_is_replaced_and_uploads_go_on(start_probe: StartProbe) -> None:
    server = start_probe()
    worker, keeper = server.worker_pid, server.keeper_pid
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    assert httpx.post(server.base_url, content=b"abc").json() == {"size": 3}
    wait_until(lambda: server.keeper_pid not in (None, keeper), "another keeper")
    assert server.worker_pid == worker
    server.wait_for_notice("background work ended unexpectedly")


def test_the_new_keeper_holds_the_port_again(start_probe: StartProbe) -> None:
    server = start_probe()
    keeper = server.keeper_pid
    assert keeper is not None
    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: server.keeper_pid not in (None, keeper), "another keeper")
    with pytest.raises(ServerEndedError) as ended:
        start_probe(port=server.port)
    assert ended.value.status == 1
