"""Batches of the one writer, made certain by filling its queue while the lock is held."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from sqlalchemy import Connection

from pillarbox.model.acl import BucketAcl, ObjectAcl, TagReader, effective_acl
from pillarbox.model.deletion import Deletion
from pillarbox.model.objects import Bucket, ObjectSpec, StoredObject
from pillarbox.model.refusals import ACCESS_DENIED, Refusal
from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.catalog import group_commit
from pillarbox.storage.catalog.group_commit import Change, GroupCommit
from pillarbox.storage.layout import Layout
from pillarbox.storage.store import Store
from tests.server_process import PATIENCE
from tests.storage.stores import LARGE, OWNER, blob_files, content_of, opened, put, rows, written

Outcome = StoredObject | Deletion | BaseException


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the transactions that are applied."""
    sizes: list[int] = []
    original: Callable[..., list[object]] = group_commit._apply

    def apply(connection: Connection, changes: Sequence[object], *rest: object) -> list[object]:
        sizes.append(len(changes))
        return original(connection, changes, *rest)

    monkeypatch.setattr(group_commit, "_apply", apply)
    return sizes


async def together(
    data_dir: Path, store: Store, bucket: Bucket, *steps: tuple[bytes, bytes | None, bool]
) -> list[Outcome]:
    """Commit or delete (content None) in the order given, with as few transactions as may be."""
    uploads = [await written(store, bucket, content or b"") for _, content, _ in steps]
    for upload in uploads:
        await upload.finish()
    with holding(Layout(data_dir).catalog_lock):
        tasks: list[asyncio.Future[Outcome]] = []
        for upload, (key, content, forbid) in zip(uploads, steps, strict=True):
            spec = ObjectSpec(key, forbid_overwrite=forbid)
            tasks.append(
                asyncio.ensure_future(
                    store.delete_object(bucket, key)
                    if content is None
                    else upload.commit(spec, OWNER)
                )
            )
        await asyncio.sleep(0.05)  # let the writer come to the lock with some of them
    return await asyncio.gather(*tasks, return_exceptions=True)


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else "ok" for outcome in outcomes]


def test_many_share_a_transaction(data_dir: Path, batches: list[int]) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            steps = [(b"k%d" % n, b"x" * n, False) for n in range(75)]
            outcomes = await together(data_dir, store, bucket, *steps)
            assert codes(outcomes) == ["ok"] * 75
            for (key, content, _), outcome in zip(steps, outcomes, strict=True):
                found = await store.object(bucket, key)
                assert found == outcome
                assert found is not None
                assert await content_of(store, found) == content

    asyncio.run(run())
    assert sum(batches) == 75
    assert len(batches) <= 3
    total = sum(range(75))
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(75, total)]


def test_what_comes_while_another_process_writes_is_taken_along(
    data_dir: Path, batches: list[int]
) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            uploads = [await written(store, bucket, b"x") for _ in range(10)]
            batches.clear()
            commits = []
            with holding(Layout(data_dir).catalog_lock):
                for number, upload in enumerate(uploads):
                    spec = ObjectSpec(b"k%d" % number)
                    commits.append(asyncio.ensure_future(upload.commit(spec, OWNER)))
                    while not is_waiting_for_lock(data_dir):  # with the first of them
                        await asyncio.sleep(0.001)
                await asyncio.sleep(0.01)
                while store._commits._queue.qsize() < len(commits) - 1:
                    await asyncio.sleep(0.001)
            await asyncio.gather(*commits)

    asyncio.run(run())
    assert batches == [10]


def is_waiting_for_lock(data_dir: Path) -> bool:
    """Whether somebody waits for the catalog's lock (proc(5), `locks`)."""
    inode = Layout(data_dir).catalog_lock.stat().st_ino
    waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(line.split()[6].endswith(f":{inode}") for line in waiting)


def test_within_a_batch_the_later_of_two_wins(data_dir: Path, batches: list[int]) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"k", b"before" * 20_000)
            steps: list[tuple[bytes, bytes | None, bool]] = [
                (b"k", b"1", False),
                (b"k", b"2" * LARGE, False),
                (b"k", b"3", True),
                (b"other", b"4", True),
                (b"k", b"5" * LARGE, False),
                (b"k", b"6", False),
            ]
            outcomes = await together(data_dir, store, bucket, *steps)
            assert codes(outcomes) == ["ok", "ok", "FileAlreadyExists", "ok", "ok", "ok"]
            found = await store.object(bucket, b"k")
            assert found == outcomes[-1]

    asyncio.run(run())
    assert max(batches) > 1
    assert rows(data_dir, "SELECT bytes FROM inline_blobs ORDER BY 1") == [(b"4",), (b"6",)]
    assert rows(data_dir, "SELECT objects, bytes FROM bucket_usage") == [(2, 2)]
    garbage = {blob_id for (blob_id,) in rows(data_dir, "SELECT blob_id FROM garbage")}
    assert garbage == {path.name for path in blob_files(data_dir)}
    assert len(garbage) == 3


def test_deletions_keep_their_place_in_a_batch(data_dir: Path, batches: list[int]) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            steps: list[tuple[bytes, bytes | None, bool]] = [
                (b"k", b"1", True),
                (b"k", None, False),
                (b"k", None, False),
                (b"k", b"2", True),
                (b"k", b"3", True),
            ]
            outcomes = await together(data_dir, store, bucket, *steps)
            assert codes(outcomes) == ["ok", "ok", "ok", "ok", "FileAlreadyExists"]
            assert outcomes[1:3] == [Deletion(was_there=True), Deletion(was_there=False)]

    asyncio.run(run())
    assert max(batches) > 1
    assert rows(data_dir, "SELECT bytes FROM inline_blobs") == [(b"2",)]


def only_where_all_may_write(bucket_acl: BucketAcl, object_acl: ObjectAcl, tags: TagReader) -> None:
    if effective_acl(bucket_acl, object_acl) is not BucketAcl.PUBLIC_READ_WRITE:
        raise ACCESS_DENIED()


def test_the_right_to_write_is_judged_by_what_the_batch_did_before(
    data_dir: Path, batches: list[int]
) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.set_bucket_acl(bucket, BucketAcl.PUBLIC_READ_WRITE)
            rule = only_where_all_may_write
            uploads = [await written(store, bucket, b"%d" % number) for number in range(6)]
            private = ObjectSpec(b"k", acl=ObjectAcl.PRIVATE)
            with holding(Layout(data_dir).catalog_lock):
                tasks: list[asyncio.Future[Any]] = [
                    asyncio.ensure_future(step)
                    for step in (
                        uploads[0].commit(ObjectSpec(b"k"), OWNER, rule),
                        uploads[1].commit(private, OWNER),
                        uploads[2].commit(ObjectSpec(b"k", forbid_overwrite=True), OWNER, rule),
                        store.delete_object(bucket, b"k", rule),
                        uploads[3].commit(ObjectSpec(b"other"), OWNER, rule),
                        store.set_bucket_acl(bucket, BucketAcl.PUBLIC_READ),
                        uploads[4].commit(ObjectSpec(b"new"), OWNER, rule),
                        store.delete_object(bucket, b"nothing", rule),
                        uploads[5].commit(ObjectSpec(b"owned"), OWNER),
                    )
                ]
                await asyncio.sleep(0.05)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            denied = "AccessDenied"
            assert codes(outcomes) == [
                *("ok", "ok", denied, denied, "ok", "ok", denied, denied, "ok")
            ]

    asyncio.run(run())
    assert max(batches) > 1
    kept = rows(data_dir, "SELECT key, acl FROM objects ORDER BY 1")
    assert kept == [(b"k", "private"), (b"other", "default"), (b"owned", "default")]


@pytest.mark.parametrize("stores", [1, 3])
def test_of_those_who_forbid_overwriting_one_wins(data_dir: Path, stores: int) -> None:
    """Several stores are several writers, as several processes would be."""

    async def run() -> None:
        opening = [await Store.open(data_dir) for _ in range(stores)]
        bucket = await opening[0].bucket("photos")
        assert bucket is not None
        try:
            for key in (b"a", b"b", b"c"):
                outcomes = await asyncio.gather(
                    *(
                        put(store, bucket, key, b"%d" % n * (1 if n % 2 else LARGE), forbid=True)
                        for n, store in zip(range(24), itertools.cycle(opening), strict=False)
                    ),
                    return_exceptions=True,
                )
                won = [outcome for outcome in outcomes if isinstance(outcome, StoredObject)]
                assert len(won) == 1
                assert codes(outcomes).count("FileAlreadyExists") == 23
                assert await opening[-1].object(bucket, key) == won[0]
        finally:
            for store in opening:
                await store.close()

    asyncio.run(run())
    kept = rows(data_dir, "SELECT count(*) FROM objects WHERE blob_id LIKE 'f%'")
    assert kept == [(len(blob_files(data_dir)),)]


def test_an_error_of_the_catalog_fails_the_batch_and_nothing_later(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            with holding(Layout(data_dir).catalog_lock):
                uploading = asyncio.ensure_future(put(store, bucket, b"k", b"x"))
                await asyncio.sleep(0.05)
                broken_one = store._commits.submit(Change(broken))
                with_it = asyncio.ensure_future(put(store, bucket, b"with", b"x"))
                await asyncio.sleep(0.05)
            results = await asyncio.gather(
                uploading, broken_one.outcome, with_it, return_exceptions=True
            )
            assert "nowhere" in str(results[1])
            assert "ok" not in codes(results[2:])
            await put(store, bucket, b"next", b"x")

    asyncio.run(run())
    assert (b"next",) in rows(data_dir, "SELECT key FROM objects")
    assert (b"with",) not in rows(data_dir, "SELECT key FROM objects")
    assert "changes failed" in caplog.text


def test_a_full_catalog_is_insufficient_storage_and_recovers(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await put(store, bucket, b"first", b"x")
            with store._catalog.writing() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            with pytest.raises(Refusal, match="InsufficientStorage"):
                await put(store, bucket, b"k", b"x" * 60_000)
            assert await store.object(bucket, b"k") is None
            with store._catalog.writing() as connection:
                connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
            await put(store, bucket, b"k", b"x" * 60_000)

    asyncio.run(run())


def test_closing_writes_what_is_queued(data_dir: Path) -> None:
    async def run() -> list[StoredObject]:
        store = await Store.open(data_dir)
        bucket = await store.bucket("photos")
        assert bucket is not None
        tasks = [asyncio.ensure_future(put(store, bucket, b"k%d" % n, b"x")) for n in range(40)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await store.close()
        with pytest.raises(Refusal, match="ServiceUnavailable"):
            await store.delete_object(bucket, b"k")
        return await asyncio.gather(*tasks)

    asyncio.run(run())
    assert rows(data_dir, "SELECT count(*) FROM objects") == [(40,)]


@pytest.mark.parametrize("step", ["tell", "_apply", "_weight"])
@pytest.mark.parametrize("error", [RuntimeError, MemoryError, SystemExit, StopIteration])
def test_whatever_goes_wrong_in_the_thread_is_told_and_it_goes_on(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: type[BaseException],
) -> None:
    original: Callable[..., Any] = getattr(group_commit, step)
    failing = [True]

    def fails_once(*arguments: Any) -> Any:
        if failing:
            failing.clear()
            raise error
        return original(*arguments)

    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            monkeypatch.setattr(group_commit, step, fails_once)
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(Refusal, match="InternalError"):
                    await put(store, bucket, b"k", b"x")
                await put(store, bucket, b"next", b"x")

    asyncio.run(run())
    assert (b"next",) in rows(data_dir, "SELECT key FROM objects")


_WRITER_THAT_CANNOT_TELL = """
import asyncio, sys
from pathlib import Path
from pillarbox.storage.catalog import group_commit
from pillarbox.storage.store import Store

def broken(*_):
    raise RuntimeError("nobody can be told")

async def run():
    store = await Store.open(Path(sys.argv[1]))
    bucket = await store.bucket("photos")
    group_commit.tell = broken
    await store.delete_object(bucket, b"k")

asyncio.run(run())
"""


def test_a_writer_that_can_tell_nobody_ends_its_process(data_dir: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _WRITER_THAT_CANNOT_TELL, str(data_dir)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert "the thread that writes the catalog has died" in ended.stderr


def test_a_change_queued_while_the_writer_is_closed_is_written_or_refused(data_dir: Path) -> None:
    commits: GroupCommit

    class Queue(SimpleQueue[Any]):
        """Lets the end come just before the first change, if anything lets it."""

        closing: threading.Thread | None = None

        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            if item is not None and self.closing is None:
                self.closing = threading.Thread(target=commits.close)
                self.closing.start()
                self.closing.join(0.2)
            super().put(item)

    async def run() -> None:
        nonlocal commits
        async with opened(data_dir) as (store, bucket):
            commits = store._commits
            await put(store, bucket, b"k", b"x")
            commits._queue.put(None)  # the thread waits at the queue that we exchange
            commits._thread.join()
            commits._queue = Queue()
            commits._thread = threading.Thread(target=commits._run)
            commits._thread.start()
            async with asyncio.timeout(PATIENCE):
                assert (await store.delete_object(bucket, b"k")).was_there

    asyncio.run(run())
