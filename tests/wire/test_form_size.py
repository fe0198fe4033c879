"""The largest file that a form may have, and forms whose Content-Length proves theirs larger."""

from __future__ import annotations

import pytest

from tests.server_process import ServerProcess
from tests.soak.largest_form import (
    LARGEST,
    check_taken,
    needs_disk,
    post_with_length,
    roomy_server,
)

__all__ = ["roomy_server"]

MIB = 1024 * 1024


@needs_disk
def test_exactly_5_gib_is_taken(roomy_server: ServerProcess) -> None:
    answer, _ = post_with_length(roomy_server.port, "drop", LARGEST)
    check_taken(roomy_server, answer)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(LARGEST + 2 * MIB, id="the file alone"),
        pytest.param(LARGEST + 9 * MIB, id="the whole form"),
        pytest.param(1 << 60, id="an exbibyte"),
    ],
)
def test_what_the_length_proves_is_refused_at_once(roomy_server: ServerProcess, size: int) -> None:
    answer, pieces = post_with_length(roomy_server.port, "drop", size)

    assert (answer.status, answer.error["Code"]) == (400, "EntityTooLarge")
    # What the sockets hold and what is read and dropped afterwards is 64 MiB and some.
    assert pieces < 200
