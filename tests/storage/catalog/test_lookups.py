"""Lookups of the catalog by threads: many are told by one wake-up, each its own outcome."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from pillarbox.storage import outcomes
from pillarbox.storage.catalog import lookups
from pillarbox.storage.catalog.lookups import Lookups


@pytest.fixture
def asked() -> Iterator[Lookups]:
    """Lookups whose cursor is the name of the thread."""
    them = Lookups(lambda: threading.current_thread().name)
    yield them
    them.close()


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many outcomes were told at once, each time."""
    found: list[int] = []

    def tell(these: Sequence[Any], told: Sequence[Any]) -> None:
        found.append(len(these))
        true_tell(these, told)

    true_tell = outcomes.tell
    monkeypatch.setattr(lookups, "tell", tell)
    return found


def raising(error: BaseException) -> Callable[[Any], Any]:
    def read(_cursor: Any) -> Any:
        raise error

    return read


def numbered(number: int, cursor: Any) -> tuple[int, Any]:
    return number, cursor


def test_each_is_told_its_own(asked: Lookups) -> None:
    async def run() -> None:
        found = await asyncio.gather(*(asked.run(partial(numbered, n)) for n in range(100)))
        assert [n for n, _ in found] == list(range(100))
        assert {cursor for _, cursor in found} <= {"catalog-lookup-0", "catalog-lookup-1"}

    asyncio.run(run())


def test_what_is_asked_while_all_are_busy_is_told_together(
    asked: Lookups, sizes: list[int]
) -> None:
    released = threading.Event()

    async def run() -> None:
        busy = [asyncio.ensure_future(asked.run(lambda _: released.wait())) for _ in range(2)]
        while asked._queue.qsize():
            await asyncio.sleep(0.001)
        many = [asyncio.ensure_future(asked.run(lambda cursor: cursor)) for _ in range(20)]
        await asyncio.sleep(0)
        released.set()
        await asyncio.gather(*busy, *many)

    asyncio.run(run())
    assert sum(sizes) == 22
    assert max(sizes) == lookups._AT_ONCE
    assert len(sizes) <= 5


@pytest.mark.parametrize("error", [KeyError("k"), StopIteration(), SystemExit()])
def test_an_error_concerns_who_asked(asked: Lookups, error: BaseException) -> None:
    expected = type(error) if isinstance(error, KeyError) else RuntimeError

    async def run() -> None:
        failing = asked.run(raising(error))
        found = await asyncio.gather(failing, asked.run(lambda _: 7), return_exceptions=True)
        assert isinstance(found[0], expected)
        assert found[1] == 7
        assert await asyncio.gather(*(asked.run(lambda _: 8) for _ in range(4))) == [8] * 4

    asyncio.run(run())


def test_who_gave_up_harms_nobody(asked: Lookups) -> None:
    released = threading.Event()

    async def run() -> None:
        busy = [asyncio.ensure_future(asked.run(lambda _: released.wait())) for _ in range(2)]
        gone = asyncio.ensure_future(asked.run(lambda _: 1))
        other = asyncio.ensure_future(asked.run(lambda _: 2))
        await asyncio.sleep(0)
        gone.cancel()
        released.set()
        assert await other == 2
        await asyncio.gather(*busy)
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(run())


def test_what_was_asked_before_the_end_is_told() -> None:
    them = Lookups(lambda: None)

    async def run() -> None:
        asked = [asyncio.ensure_future(them.run(partial(numbered, n))) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(them.close)
        assert [n for n, _ in await asyncio.gather(*asked)] == list(range(50))
        with pytest.raises(RuntimeError, match="closed"):
            await them.run(lambda _: 1)

    asyncio.run(run())
    assert not any(thread.is_alive() for thread in them._threads)
