"""SIGTERM and SIGINT: no new requests, time for running ones, then a clean end."""

from __future__ import annotations

import os
import signal
import time

import pytest

from pillarbox.server.supervisor import SAME_STOP_SECONDS
from tests.server.probing import StartProbe, Upload, accepts
from tests.server_process import ServerProcess, wait_until


def begin_upload(server: ServerProcess) -> Upload:
    """An upload of 10 bytes of which the server has 5."""
    upload = Upload(server, 10)
    upload.send(b"12345")
    server.wait_for_output("body begun")
    return upload


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_idle_server_stops_cleanly(start_probe: StartProbe, stop: signal.Signals) -> None:
    server = start_probe()
    server.signal(stop)
    assert server.wait() == 0
    assert "lifespan ended" in server.output
    assert server.notices == ""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_running_upload_may_finish(start_probe: StartProbe, stop: signal.Signals) -> None:
    server = start_probe()
    upload = begin_upload(server)
    server.signal(stop)
    wait_until(lambda: not accepts(server), "the listener's end")
    upload.send(b"67890")
    assert upload.answer().endswith(b'{"size": 10}')
    assert server.wait() == 0
    assert "lifespan ended" in server.output


def test_an_upload_that_takes_too_long_is_refused(start_probe: StartProbe) -> None:
    server = start_probe(drain_seconds=0.5)
    upload = begin_upload(server)
    server.signal(signal.SIGTERM)
    answer = upload.answer()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"ServiceUnavailable" in answer
    upload.close()
    assert server.wait() == 0
    assert "lifespan ended" in server.output


def test_a_request_that_hears_nothing_is_cancelled(start_probe: StartProbe) -> None:
    server = start_probe(drain_seconds=0.5)
    begin_upload(server).close()
    spinning = Upload(server, 0, path="/spin")
    server.wait_for_output("spinning")
    server.signal(signal.SIGTERM)
    spinning.answer()
    assert server.wait() == 0
    assert "lifespan ended" in server.output


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_reaches_the_whole_group(start_probe: StartProbe, stop: signal.Signals) -> None:
    server = start_probe(own_group=True)
    upload = begin_upload(server)
    os.killpg(server.pid, stop)
    wait_until(lambda: not accepts(server), "the listener's end")
    upload.send(b"67890")
    assert upload.answer().endswith(b'{"size": 10}')
    assert server.wait() == 0
    assert server.notices == ""


def test_a_service_manager_tells_every_process(start_probe: StartProbe) -> None:
    server = start_probe()
    upload = begin_upload(server)
    worker = server.worker_pid
    assert worker is not None
    server.signal(signal.SIGTERM)
    wait_until(lambda: not accepts(server), "the listener's end")
    os.kill(worker, signal.SIGTERM)
    os.kill(worker, signal.SIGTERM)
    upload.send(b"67890")
    assert upload.answer().endswith(b'{"size": 10}')
    assert server.wait() == 0


def test_quick_repeats_are_one_signal(start_probe: StartProbe) -> None:
    server = start_probe(own_group=True)
    upload = begin_upload(server)
    # As `timeout` and service managers do: the process, then its group. Two of one kind may reach
    # it as one, so there are two kinds.
    server.signal(signal.SIGTERM)
    os.killpg(server.pid, signal.SIGINT)
    os.killpg(server.pid, signal.SIGTERM)
    wait_until(lambda: not accepts(server), "the listener's end")
    upload.send(b"67890")
    assert upload.answer().endswith(b'{"size": 10}')
    assert server.wait() == 0
    assert server.notices == ""


def test_a_second_signal_ends_it_at_once(start_probe: StartProbe) -> None:
    server = start_probe()
    upload = begin_upload(server)
    server.signal(signal.SIGTERM)
    wait_until(lambda: not accepts(server), "the listener's end")
    time.sleep(SAME_STOP_SECONDS)  # the first was heard before, so the next one is another
    server.signal(signal.SIGINT)
    assert server.wait() == 1
    assert upload.answer() == b""
    assert "stopped at once" in server.notices


def test_a_worker_that_will_not_end_is_killed(start_probe: StartProbe) -> None:
    server = start_probe(drain_seconds=0.5)
    worker = server.worker_pid
    assert worker is not None
    os.kill(worker, signal.SIGSTOP)
    server.signal(signal.SIGTERM)
    assert server.wait() == 1
    assert "they were cut off" in server.notices
