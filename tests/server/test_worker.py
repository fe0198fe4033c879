"""A worker's signals, as far as they need no process of their own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
import uvloop

from pillarbox.server.drain import Drain
from pillarbox.server.worker import _stop_once


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop as workers have it; afterwards SIGTERM means what it meant before."""
    former = signal.getsignal(signal.SIGTERM)
    loop = uvloop.new_event_loop()
    try:
        yield loop
    finally:
        signal.signal(signal.SIGTERM, former)
        loop.close()


async def _pass_time() -> None:
    await asyncio.sleep(0)


def test_a_stop_between_two_runs_of_the_loop_is_not_lost(loop: asyncio.AbstractEventLoop) -> None:
    drain = Drain(30)
    _stop_once(drain)(loop)
    loop.run_until_complete(_pass_time())
    signal.raise_signal(signal.SIGTERM)
    assert not drain.draining  # it begins on the loop, and none runs
    loop.run_until_complete(_pass_time())
    assert drain.draining
