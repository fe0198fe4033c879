"""One server a directory, one server a port."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.server.probing import StartProbe
from tests.server_process import ServerEndedError


def test_a_second_server_on_the_directory_names_the_holder(start_probe: StartProbe) -> None:
    first = start_probe()
    with pytest.raises(ServerEndedError) as ended:
        start_probe(data_dir=first.data_dir)
    assert ended.value.status == 1
    (line,) = ended.value.notices.splitlines()
    assert f"is in use by process {first.pid} at 127.0.0.1:{first.port}" in line
    assert "--data" in line


def test_the_directory_is_free_after_a_clean_stop(start_probe: StartProbe) -> None:
    first = start_probe()
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    second = start_probe(data_dir=first.data_dir)
    assert second.pid != first.pid


def test_a_second_server_on_the_port_does_not_start(start_probe: StartProbe) -> None:
    first = start_probe()
    with pytest.raises(ServerEndedError) as ended:
        start_probe(port=first.port)
    assert ended.value.status == 1
    (line,) = ended.value.notices.splitlines()
    assert f"port {first.port} on 127.0.0.1 is in use" in line
    assert "--listen" in line


def test_a_port_of_another_program_is_respected(start_probe: StartProbe) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        with pytest.raises(ServerEndedError) as ended:
            start_probe(port=other.getsockname()[1])
        assert ended.value.status == 1


def test_a_port_is_free_again_at_once(start_probe: StartProbe) -> None:
    first = start_probe()
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    assert start_probe(port=first.port).port == first.port


def test_a_directory_that_cannot_be_prepared_ends_the_start(
    start_probe: StartProbe, tmp_path: Path
) -> None:
    (tmp_path / "catalog.sqlite3").mkdir()
    with pytest.raises(ServerEndedError) as ended:
        start_probe(data_dir=tmp_path)
    assert ended.value.status == 1
    (line,) = ended.value.notices.splitlines()
    assert f"can't prepare the data directory {tmp_path}" in line
