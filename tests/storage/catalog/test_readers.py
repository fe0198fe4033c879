from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pillarbox.model.refusals import Refusal
from pillarbox.storage.catalog import readers
from pillarbox.storage.store import Store
from tests.storage.stores import opened, put


class Failing:
    """A cursor whose statements of some kinds fail, each kind once."""

    def __init__(self, cursor: Any, kinds: Iterable[str]) -> None:
        self._cursor = cursor
        self._kinds = set(kinds)

    def execute(self, text: str, *parameters: Any) -> Any:
        if text in self._kinds:
            self._kinds.remove(text)
            raise sqlite3.OperationalError("disk I/O error")
        return self._cursor.execute(text, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@pytest.mark.parametrize("kinds", [["COMMIT"], ["COMMIT", "ROLLBACK"], ["BEGIN"]])
def test_a_reader_that_failed_sees_what_comes_later(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, kinds: list[str]
) -> None:
    monkeypatch.setattr(readers, "_THREADS", 1)

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"a", b"x")
            assert len((await store.list_objects(bucket)).objects) == 1
            await _exchange_cursor(store, kinds)
            with pytest.raises(Refusal, match="InternalError"):
                await store.list_objects(bucket)
            await put(store, bucket, b"b", b"x")
            assert await store.object(bucket, b"b") is not None
            assert len((await store.list_objects(bucket)).objects) == 2

    asyncio.run(run())


def test_a_read_that_failed_leaves_no_transaction(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_THREADS", 1)

    def broken(cursor: Any) -> None:
        cursor.execute("SELECT count(*) FROM objects").fetchone()
        raise ValueError("no such thing")

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            with pytest.raises(ValueError, match="no such thing"):
                await store._readers.by_cursor_in_transaction(broken)
            await put(store, bucket, b"b", b"x")
            assert len((await store.list_objects(bucket)).objects) == 1

    asyncio.run(run())


async def _exchange_cursor(store: Store, kinds: list[str]) -> None:
    """Have the next statements of `kinds` fail, in the one thread that reads."""
    reading = store._readers

    def exchange() -> None:
        reading._local.cursor = Failing(reading._cursor(), kinds)

    await asyncio.get_running_loop().run_in_executor(reading._threads, exchange)
