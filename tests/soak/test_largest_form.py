"""A file of exactly 5 GiB is taken, one byte more is not; over the wire, onto the disk.

What its length proves to be too large is refused in `tests/wire/test_form_size.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.server_process import ServerProcess
from tests.soak.largest_form import (
    LARGEST,
    check_taken,
    look,
    needs_disk,
    post_in_chunks,
    post_with_length,
    roomy_server,
    stored_bytes,
)
from tests.wire.raw_http import RawAnswer

__all__ = ["roomy_server"]


@needs_disk
@pytest.mark.parametrize("post", [post_with_length, post_in_chunks])
def test_exactly_5_gib_is_taken(
    roomy_server: ServerProcess, post: Callable[[int, str, int], tuple[RawAnswer, int]]
) -> None:
    answer, _ = post(roomy_server.port, "drop", LARGEST)
    check_taken(roomy_server, answer)


@needs_disk
@pytest.mark.parametrize("post", [post_with_length, post_in_chunks])
def test_one_byte_more_is_refused_as_it_arrives(
    roomy_server: ServerProcess, post: Callable[[int, str, int], tuple[RawAnswer, int]]
) -> None:
    answer, _ = post(roomy_server.port, "drop", LARGEST + 1)

    assert (answer.status, answer.error["Code"]) == (400, "EntityTooLarge")
    assert answer.error["MaxSizeAllowed"] == str(LARGEST)
    assert look(roomy_server).status == 404
    assert stored_bytes(roomy_server) == 0
