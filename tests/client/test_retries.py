from __future__ import annotations

import pytest

from pillarbox.client.errors import (
    ChangedError,
    DamagedError,
    ForeignAnswerError,
    RefusedError,
    StoreError,
    UnreachableError,
)
from pillarbox.client.retries import TRIES, pause_before, retried

PASSING = [
    UnreachableError("http://x", "timed out"),
    DamagedError("x", "CRC"),
    RefusedError(503, "ServiceUnavailable", ""),
    RefusedError(500, "InternalError", ""),
    ForeignAnswerError("http://x", 502, "html"),
]
LASTING = [
    RefusedError(403, "AccessDenied", ""),
    RefusedError(501, "NotImplemented", ""),
    ForeignAnswerError("http://x", 200, "html"),
    ChangedError("x"),
]


class Failing:
    def __init__(self, error: StoreError, times: int) -> None:
        self.error = error
        self.left = times
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_may_pass(error: StoreError) -> None:
    waited: list[float] = []
    request = Failing(error, TRIES - 1)
    assert retried(request, wait=waited.append) == "done"
    assert len(waited) == TRIES - 1
    request = Failing(error, TRIES)
    with pytest.raises(type(error)):
        retried(request, wait=waited.append)
    assert request.calls == TRIES


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_stays(error: StoreError) -> None:
    request = Failing(error, 1)
    with pytest.raises(type(error)):
        retried(request, wait=lambda _: None)
    assert request.calls == 1


def test_pauses_grow() -> None:
    for number in range(2, 6):
        longest = 0.5 * 2 ** (number - 2)
        assert all(longest / 2 <= pause_before(number) <= longest for _ in range(20))
