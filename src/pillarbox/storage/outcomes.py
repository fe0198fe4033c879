"""Outcomes of work that threads did for event loops: many are told by one wake-up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

_log = logging.getLogger(__name__)


class Awaited(Protocol):
    """Something that was asked of a thread.

    Attributes:
        loop: on which `outcome` is awaited.
    """

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    @property
    def outcome(self) -> asyncio.Future[Any]: ...


def tell(asked: Sequence[Awaited], outcomes: Sequence[Any]) -> None:
    """Wake all who wait, by one call into each event loop (nearly always there is one).

    Args:
        outcomes: of each, in order: its value, or the exception to raise.
    """
    loops = {id(one.loop): one.loop for one in asked}
    for loop in loops.values():
        mine = [pair for pair in zip(asked, outcomes, strict=True) if pair[0].loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:  # the loop is closed: nobody waits any more
            _log.warning("%d outcomes came and nobody was there to be told", len(mine))


def tellable(error: BaseException, thread: str) -> Exception:
    """`error` as a future takes it and an event loop survives it.

    Args:
        thread: what was interrupted, in words.
    """
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    told = RuntimeError(f"{thread} was interrupted")
    told.__cause__ = error
    return told


def _settle(pairs: Sequence[tuple[Awaited, Any]]) -> None:
    for one, outcome in pairs:
        if one.outcome.done():
            continue
        if isinstance(outcome, BaseException):
            one.outcome.set_exception(outcome)
        else:
            one.outcome.set_result(outcome)
