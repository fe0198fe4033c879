from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.model.objects import ObjectSpec
from pillarbox.model.refusals import Refusal
from pillarbox.storage.outbox import NEVER_MS, Outbox, WaitingCallback, first_try
from tests.storage.stores import LARGE, OWNER, new_data_dir, opened, rows, written

NOW = 1_800_000_000_000
WAITING = first_try(7 << 58, 1, b"\x00key", '{"é":1}', NOW)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return new_data_dir(tmp_path)


@pytest.fixture
def outbox(data_dir: Path) -> Iterator[Outbox]:
    with closing(Outbox(data_dir)) as opened_outbox:
        yield opened_outbox


def put(
    data_dir: Path, *callbacks: WaitingCallback, content: bytes = b"x", forbid: bool = False
) -> None:
    """An upload for each of the callbacks, all under one key and at once."""

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            spec = ObjectSpec(b"k", forbid_overwrite=forbid)
            uploads = [await written(store, bucket, content) for _ in callbacks]
            commits = [
                upload.commit(spec, OWNER, None, replace(callback, bucket_id=bucket.id))
                for upload, callback in zip(uploads, callbacks, strict=True)
            ]
            await asyncio.gather(*commits)

    asyncio.run(run())


@pytest.mark.parametrize("size", [0, 1, LARGE])
def test_a_callback_is_written_with_its_object(data_dir: Path, outbox: Outbox, size: int) -> None:
    put(data_dir, WAITING, content=b"x" * size)
    assert rows(data_dir, "SELECT key, size FROM objects") == [(b"k", size)]
    (found,) = outbox.all()
    assert replace(found, bucket_id=WAITING.bucket_id) == WAITING
    assert found.due_ms == NOW + 60_000


def test_an_upload_that_is_refused_leaves_no_callback(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, WAITING)
    with pytest.raises(Refusal):
        put(data_dir, replace(WAITING, id=8), forbid=True)
    assert [waiting.id for waiting in outbox.all()] == [WAITING.id]


def test_each_upload_to_a_key_has_its_callback(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, *(replace(WAITING, id=n, created_ms=NOW + n) for n in range(1, 6)))
    assert [waiting.id for waiting in outbox.all()] == [1, 2, 3, 4, 5]


def test_a_claim_is_for_one(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, *(replace(WAITING, id=n, due_ms=NOW + n) for n in range(1, 5)))
    assert outbox.claim(NOW, 10) == []
    assert [waiting.id for waiting in outbox.claim(NOW + 3, 2)] == [1, 2]
    assert [waiting.id for waiting in outbox.claim(NOW + 3, 2)] == [3]
    assert outbox.claim(NOW + 3, 2) == []
    # Whoever claimed them has died.
    assert {waiting.id for waiting in outbox.claim(NOW + 61_000, 9)} == {1, 2, 3, 4}


def test_what_was_noted_while_the_clock_was_ahead_is_due(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, WAITING)
    hour, day = 3600 * 1000, 24 * 3600 * 1000
    assert outbox.claim(NOW - hour, 5) == []  # so far ahead is who waits for his next try
    (claimed,) = outbox.claim(NOW - day, 5)
    outbox.postpone(claimed.id, NEVER_MS, "given up")
    assert outbox.claim(NOW - day, 5) == []


def test_what_was_tried_first_when_everything_ended_is_due(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, *(replace(WAITING, id=n) for n in (1, 2, 3)))
    outbox.postpone(2, NOW + 99, "down")
    outbox.postpone(3, NEVER_MS, "down")
    outbox.end_first_leases(NOW + 1)
    assert {waiting.id: waiting.due_ms for waiting in outbox.all()} == {
        1: NOW + 1,
        2: NOW + 99,
        3: NEVER_MS,
    }


def test_failures_are_counted_until_it_is_finished_or_given_up(
    data_dir: Path, outbox: Outbox
) -> None:
    put(data_dir, replace(WAITING, id=1), replace(WAITING, id=2))
    outbox.postpone(1, NOW + 5, "first")
    outbox.postpone(1, NEVER_MS, "e" * 1000)
    given_up = next(waiting for waiting in outbox.all() if waiting.id == 1)
    assert (given_up.attempts, given_up.last_error) == (2, "e" * 300)
    assert given_up.is_given_up
    assert [waiting.id for waiting in outbox.claim(NOW * 2, 9)] == [2]
    outbox.finish(2)
    outbox.replay({1: '{"again":1}'}, NOW + 9)
    (again,) = outbox.all()
    assert (again.request, again.due_ms) == ('{"again":1}', NOW + 9)
    assert (again.attempts, again.last_error) == (0, None)


def test_drop_and_prune(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, *(replace(WAITING, id=n, created_ms=NOW + n) for n in range(1, 6)))
    for n in (1, 2, 3):
        outbox.postpone(n, NEVER_MS, "down")
    assert outbox.prune(NOW + 1) == 0
    assert outbox.prune(NOW + 3) == 2
    assert [waiting.id for waiting in outbox.all()] == [3, 4, 5]
    assert outbox.drop([3, 77]) == 1
    assert outbox.drop(None) == 2
    assert outbox.all() == []


def test_the_store_settles_what_it_wrote(data_dir: Path, outbox: Outbox) -> None:
    put(data_dir, replace(WAITING, id=1), replace(WAITING, id=2))

    async def run() -> None:
        async with opened(data_dir) as (store, _):
            await store.callbacks.finish(1)
            await store.callbacks.postpone(2, NOW + 5, "down")

    asyncio.run(run())
    (left,) = outbox.all()
    assert (left.id, left.due_ms, left.attempts, left.last_error) == (2, NOW + 5, 1, "down")
