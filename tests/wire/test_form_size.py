"""The largest file that a form may have, and forms whose Content-Length proves theirs larger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.server_process import ServerProcess
from tests.soak.largest_form import LARGEST, post_with_length

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Whose bytes don't outlive the tests."""
    options = ["--init-bucket", "drop:public-read-write"]
    server = ServerProcess(tmp_path_factory.mktemp("roomy"), options)
    try:
        yield server
        server.stop()
    finally:
        server.end()
        shutil.rmtree(server.data_dir)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(LARGEST + 2 * MIB, id="the file alone"),
        pytest.param(LARGEST + 9 * MIB, id="the whole form"),
        pytest.param(1 << 60, id="an exbibyte"),
    ],
)
def test_what_the_length_proves_is_refused_at_once(server: ServerProcess, size: int) -> None:
    answer, pieces = post_with_length(server.port, "drop", size)

    assert (answer.status, answer.error["Code"]) == (400, "EntityTooLarge")
    # What the sockets hold and what is read and dropped afterwards is 64 MiB and some.
    assert pieces < 200
