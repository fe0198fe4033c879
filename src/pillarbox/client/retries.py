"""Which failed requests are worth another try, and when."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pillarbox.client.errors import (
    DamagedError,
    ForeignAnswerError,
    RefusedError,
    StoreError,
    UnreachableError,
)

#: Of one request, the first among them.
TRIES = 3

#: Seconds before the second try, doubled for each further one.
_FIRST_PAUSE = 0.5

_PASSING = frozenset({408, 429, 500, 502, 503, 504})

Answered = TypeVar("Answered")


def may_pass(error: StoreError) -> bool:
    """Whether the same request, sent again, could go well."""
    match error:
        case UnreachableError() | DamagedError():
            return True
        case RefusedError() | ForeignAnswerError():
            return error.status in _PASSING
    return False


def pause_before(next_try: int) -> float:
    """Seconds to wait before try number `next_try` (2 is the first repetition).

    Half of it is drawn by lot: those who failed together shall not come back together.
    """
    whole = _FIRST_PAUSE * 2.0 ** (next_try - 2)
    return whole / 2 + random.uniform(0, whole / 2)  # noqa: S311 (no secret)


def retried(
    request: Callable[[], Answered], *, wait: Callable[[float], None] | None = None
) -> Answered:
    """What `request` gives, at the latest at its third try; then its error is raised."""
    tries = 1
    while True:
        try:
            return request()
        except StoreError as error:
            tries += 1
            if tries > TRIES or not may_pass(error):
                raise
            (wait or time.sleep)(pause_before(tries))
