from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.jobs import lifecycle
from pillarbox.jobs.lifecycle import age
from pillarbox.jobs.steady_clock import TRUST_SECONDS, SteadyClock
from pillarbox.model.lifecycle import (
    DAY_MS,
    AfterDays,
    LifecycleRule,
    NoncurrentExpiration,
    NoncurrentTransition,
    Transition,
)
from pillarbox.model.lifecycle_actions import ActionKind
from pillarbox.model.metrics import LIFECYCLE_ACTIONS, LIFECYCLE_HELD, TASK_RUNS
from pillarbox.model.objects import ObjectSpec
from pillarbox.model.versioning import Versioning, read_version_id
from pillarbox.storage.clock import now_ms
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.lifecycle import LifecycleUpkeep
from tests.jobs.test_steady_clock import Clocks
from tests.recording_meter import RecordingMeter
from tests.server_process import wait_until
from tests.storage.lifecycle_stores import age_all, keys, set_rules
from tests.storage.stores import LARGE, OWNER, opened, put, rows, written

TWO_DAYS = LifecycleRule("two-days", "tmp/", expiration=AfterDays(2))


def fill(data_dir: Path, *names: str, size: int = 10) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for name in names:
                await put(store, bucket, name.encode(), b"x" * size)

    asyncio.run(run())


def clock_at(milliseconds: int) -> SteadyClock:
    return SteadyClock(lambda: milliseconds, lambda: 50.0)


def aged(data_dir: Path, milliseconds: int = 0) -> dict[str, int]:
    """What one pass does, so long after now."""
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        done = age(upkeep, threading.Event(), clock_at(now_ms() + milliseconds))
    return {kind.value: count for kind, count in done.items()}


def faults(data_dir: Path) -> list[object]:
    with closing(Check(data_dir)) as check:
        return list(check.faults())


def usage(data_dir: Path) -> list[tuple[object, ...]]:
    return rows(data_dir, "SELECT sum(objects), sum(bytes), sum(part_bytes) FROM bucket_usage")


def test_what_is_old_goes_and_the_rest_stays(data_dir: Path) -> None:
    fill(data_dir, "tmp/a", "tmp/b", "kept", size=LARGE)
    set_rules(data_dir, TWO_DAYS)
    assert aged(data_dir) == {}
    age_all(data_dir, DAY_MS)
    assert aged(data_dir) == {}
    age_all(data_dir, 2 * DAY_MS)
    fill(data_dir, "tmp/new")
    assert aged(data_dir) == {"expire": 2}
    assert keys(data_dir) == [b"kept", b"tmp/new"]
    assert rows(data_dir, "SELECT count(*) FROM garbage") == [(2,)], "their files, for the reaper"
    assert usage(data_dir) == [(2, LARGE + 10, 0)]
    assert aged(data_dir) == {}
    assert faults(data_dir) == []


def test_a_rule_that_is_disabled_does_nothing(data_dir: Path) -> None:
    fill(data_dir, "tmp/a")
    set_rules(data_dir, LifecycleRule("r", is_enabled=False, expiration=AfterDays(1)))
    age_all(data_dir, 9 * DAY_MS)
    assert aged(data_dir) == {}


def test_many_pages_and_batches(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.storage.lifecycle.PAGE", 7)
    monkeypatch.setattr(lifecycle, "BATCH", 3)
    fill(data_dir, *(f"tmp/{number}" for number in range(40)), "tmp0", "tmp")
    set_rules(data_dir, TWO_DAYS)
    age_all(data_dir, 4 * DAY_MS)
    assert aged(data_dir) == {"expire": 40}
    assert keys(data_dir) == [b"tmp", b"tmp0"]


def test_tags_and_sizes_are_asked(data_dir: Path) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            for name, tags in (("a", {"k": "v", "o": ""}), ("b", {"k": "w"}), ("c", {})):
                upload = await written(store, bucket, b"x" * 10)
                await upload.commit(ObjectSpec(name.encode(), tags=tags), OWNER)
            await put(store, bucket, b"large", b"x" * 100)

    asyncio.run(run())
    set_rules(
        data_dir,
        LifecycleRule("tag", tags=(("k", "v"),), expiration=AfterDays(1)),
        LifecycleRule("size", larger_than=10, expiration=AfterDays(1)),
    )
    age_all(data_dir, 3 * DAY_MS)
    assert aged(data_dir) == {"expire": 2}
    assert keys(data_dir) == [b"b", b"c"]


def test_classes_change_and_nothing_else(data_dir: Path) -> None:
    fill(data_dir, "a")
    set_rules(data_dir, LifecycleRule("r", transitions=(Transition(AfterDays(1), "IA"),)))
    age_all(data_dir, 3 * DAY_MS)
    before = rows(data_dir, "SELECT modified_ms, etag, blob_id FROM objects")
    assert aged(data_dir) == {"transition": 1}
    assert rows(data_dir, "SELECT storage_class FROM objects") == [("IA",)]
    assert rows(data_dir, "SELECT modified_ms, etag, blob_id FROM objects") == before
    assert aged(data_dir) == {}


def versioned(data_dir: Path, versioning: Versioning = Versioning.ENABLED) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.set_bucket_versioning(bucket, versioning)

    asyncio.run(run())


def test_an_object_with_versions_gets_a_marker_and_ends_step_by_step(data_dir: Path) -> None:
    versioned(data_dir)
    fill(data_dir, "a", "a", size=LARGE)
    set_rules(
        data_dir,
        LifecycleRule(
            "r",
            expiration=AfterDays(1),
            noncurrent_expiration=NoncurrentExpiration(3),
            noncurrent_transitions=(NoncurrentTransition(1, "Archive"),),
        ),
    )
    age_all(data_dir, 2 * DAY_MS)
    assert aged(data_dir) == {"transition": 1, "expire": 1}
    assert keys(data_dir, "delete_marker") == [b"a"]
    assert rows(data_dir, "SELECT storage_class FROM noncurrent_versions ORDER BY sequence") == [
        ("Archive",),
        ("Standard",),
    ]
    assert usage(data_dir) == [(2, 2 * LARGE, 0)]
    age_all(data_dir, 4 * DAY_MS)
    assert aged(data_dir) == {"remove-version": 2, "remove-marker": 1}
    assert rows(data_dir, "SELECT * FROM objects") == []
    assert rows(data_dir, "SELECT * FROM noncurrent_versions") == []
    assert usage(data_dir) == [(0, 0, 0)]
    assert faults(data_dir) == []


def test_the_null_version_of_a_suspended_bucket(data_dir: Path) -> None:
    versioned(data_dir)
    fill(data_dir, "a")
    versioned(data_dir, Versioning.SUSPENDED)
    fill(data_dir, "a")
    set_rules(data_dir, LifecycleRule("r", expiration=AfterDays(1)))
    age_all(data_dir, 3 * DAY_MS)
    assert aged(data_dir) == {"expire": 1}
    assert rows(data_dir, "SELECT delete_marker, version_id FROM objects") == [(1, None)]
    assert usage(data_dir) == [(1, 10, 0)], "the version with an id stays"
    assert faults(data_dir) == []


def test_the_youngest_versions_are_kept(data_dir: Path) -> None:
    versioned(data_dir)
    fill(data_dir, *["a"] * 6, "b", "b")
    rule = LifecycleRule("r", noncurrent_expiration=NoncurrentExpiration(1, kept=2))
    set_rules(data_dir, rule)
    age_all(data_dir, 3 * DAY_MS)
    assert aged(data_dir) == {"remove-version": 3}
    left = rows(data_dir, "SELECT key, sequence FROM noncurrent_versions ORDER BY key, sequence")
    assert left == [(b"a", 4), (b"a", 5), (b"b", 1)]
    assert aged(data_dir) == {}


def test_a_marker_with_nothing_behind_it(data_dir: Path) -> None:
    versioned(data_dir)
    fill(data_dir, "a")

    async def remove() -> None:
        async with opened(data_dir) as (store, bucket):
            await store.delete_object(bucket, b"a")
            await store.delete_object(bucket, b"never")

    asyncio.run(remove())
    set_rules(data_dir, LifecycleRule("r", removes_expired_markers=True))
    assert aged(data_dir) == {"remove-marker": 1}
    assert keys(data_dir, "delete_marker") == [b"a"]


def test_uploads_are_aborted(data_dir: Path) -> None:
    async def begin() -> None:
        async with opened(data_dir) as (store, bucket):
            for key in (b"tmp/a", b"tmp/b", b"other"):
                await store.multipart.begin(bucket, ObjectSpec(key), OWNER, None)

    asyncio.run(begin())
    set_rules(data_dir, LifecycleRule("r", "tmp/", abort=AfterDays(2)))
    age_all(data_dir, DAY_MS)
    assert aged(data_dir) == {}
    age_all(data_dir, 2 * DAY_MS)
    assert aged(data_dir) == {"abort": 2}
    assert rows(data_dir, "SELECT key FROM multipart_uploads") == [(b"other",)]


def test_a_marker_that_will_be_alone_is_foreseen(data_dir: Path) -> None:
    async def remove(*keys: bytes) -> None:
        async with opened(data_dir) as (store, photos):
            for key in keys:
                await store.delete_object(photos, key)

    versioned(data_dir)
    fill(data_dir, "gone", "stays")
    asyncio.run(remove(b"gone", b"stays"))
    age_all(data_dir, 3 * DAY_MS)
    fill(data_dir, "stays")
    asyncio.run(remove(b"stays"))  # so under its marker lies a young version
    gone = NoncurrentExpiration(1)
    rule = LifecycleRule("r", noncurrent_expiration=gone, removes_expired_markers=True)
    set_rules(data_dir, rule)
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        (bucket,) = upkeep.buckets()
        foreseen = [due for page in upkeep.foreseen(bucket, now_ms()) for due in page]
    counted = Counter(due.action.kind.value for due in foreseen)
    assert counted["remove-marker"] == 1
    assert counted == aged(data_dir)


# --- what changes meanwhile -----------------------------------------------------------------------


def test_an_object_that_is_put_anew_between_look_and_deletion_stays(data_dir: Path) -> None:
    fill(data_dir, "tmp/a", "tmp/b", "tmp/gone")
    set_rules(data_dir, TWO_DAYS)
    age_all(data_dir, 4 * DAY_MS)
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        (bucket,) = upkeep.buckets()
        (page, *_) = upkeep.due(bucket, now_ms())
        assert [due.seen.facts.key for due in page] == [b"tmp/a", b"tmp/b", b"tmp/gone"]
        fill(data_dir, "tmp/a")

        async def remove() -> None:
            async with opened(data_dir) as (store, photos):
                await store.delete_object(photos, b"tmp/gone")

        asyncio.run(remove())
        done = upkeep.carry_out(bucket, page, now_ms())
    assert done is not None
    assert [due.seen.facts.key for due in done] == [b"tmp/b"]
    assert keys(data_dir) == [b"tmp/a"]


def test_a_version_that_became_current_again_stays(data_dir: Path) -> None:
    versioned(data_dir)
    fill(data_dir, "a", "a")
    set_rules(data_dir, LifecycleRule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    age_all(data_dir, 3 * DAY_MS)
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        (bucket,) = upkeep.buckets()
        (page,) = upkeep.due(bucket, now_ms())
        (due,) = page

        async def remove_current() -> None:
            async with opened(data_dir) as (store, photos):
                found = await store.versions.list(photos)
                await store.delete_object(
                    photos, b"a", version=read_version_id(found.versions[0].version_id or "null")
                )
                await put(store, photos, b"a", b"the same sequence, another version")

        asyncio.run(remove_current())
        (sequence,) = rows(data_dir, "SELECT sequence FROM noncurrent_versions")
        assert sequence == (due.seen.sequence,)
        assert upkeep.carry_out(bucket, page, now_ms()) == [], "noncurrent since just now"
    assert len(rows(data_dir, "SELECT * FROM noncurrent_versions")) == 1


def test_rules_that_change_end_the_pass(data_dir: Path) -> None:
    fill(data_dir, "tmp/a")
    set_rules(data_dir, TWO_DAYS)
    age_all(data_dir, 4 * DAY_MS)
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        (bucket,) = upkeep.buckets()
        (page, *_) = upkeep.due(bucket, now_ms())
        set_rules(data_dir)
        assert upkeep.carry_out(bucket, page, now_ms()) is None
        assert upkeep.buckets() == []
    assert keys(data_dir) == [b"tmp/a"]


# --- the clock ------------------------------------------------------------------------------------


def test_a_clock_that_jumps_while_it_runs_expires_nothing_early(data_dir: Path) -> None:
    fill(data_dir, "tmp/a")
    set_rules(data_dir, TWO_DAYS)
    clocks = Clocks(wall_ms=now_ms())
    steady = SteadyClock(lambda: clocks.wall_ms, lambda: clocks.seconds)
    meter = RecordingMeter()
    with closing(LifecycleUpkeep(data_dir)) as upkeep:

        def done() -> int:
            return age(upkeep, threading.Event(), steady, meter)[ActionKind.EXPIRE]

        assert done() == 0
        clocks.wait(30)
        clocks.wall_ms += 90 * DAY_MS
        assert done() == 0, "nobody believes it for an hour"
        assert meter.last[LIFECYCLE_HELD, ()] == 0
        clocks.wait(TRUST_SECONDS + 60)
        steady.now_ms()
        assert done() == 0, "nor for a day"
        assert meter.last[LIFECYCLE_HELD, ()] == 1
        clocks.wall_ms -= 90 * DAY_MS
        assert done() == 0, "it was put right"
        assert meter.last[LIFECYCLE_HELD, ()] == 0
        for _ in range(2 * 24 - 2):  # an hour has gone by, and it was never early
            clocks.wait(3600)
            assert done() == 0
        for _ in range(24 + 2):
            clocks.wait(3600)
            done()
        assert keys(data_dir) == []


def test_a_clock_that_jumps_across_a_restart_is_held_for_a_day(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(data_dir, "tmp/a")
    set_rules(data_dir, TWO_DAYS)
    assert aged(data_dir) == {}
    assert aged(data_dir, 90 * DAY_MS) == {}
    assert "until it has gone on for a day" in caplog.text
    assert aged(data_dir, 91 * DAY_MS - 60_000) == {}
    assert aged(data_dir, 91 * DAY_MS + 60_000) == {"expire": 1}


def test_two_days_off_are_no_jump(data_dir: Path) -> None:
    with closing(LifecycleUpkeep(data_dir)) as upkeep:
        begin = now_ms()
        assert all(upkeep.believes(begin + days * DAY_MS) for days in (0, 2, 3, 5))
        assert not upkeep.believes(begin + 7 * DAY_MS + 1)


# --- again and again ------------------------------------------------------------------------------


def test_passes_follow_each_other_and_outlive_an_error(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find, failing = LifecycleUpkeep.buckets, threading.Event()
    failing.set()

    def fail_once(upkeep: LifecycleUpkeep) -> object:
        if failing.is_set():
            failing.clear()
            raise OSError(5, "Input/output error")
        return find(upkeep)

    monkeypatch.setattr(LifecycleUpkeep, "buckets", fail_once)
    caplog.set_level("INFO")
    set_rules(data_dir, TWO_DAYS)
    stop, meter = threading.Event(), RecordingMeter()
    thread = threading.Thread(
        target=lifecycle.run,
        args=(data_dir, stop),
        kwargs={"interval_seconds": 0.01, "meter": meter},
    )
    thread.start()
    try:
        for number in range(2):
            fill(data_dir, f"tmp/{number}")
            age_all(data_dir, 4 * DAY_MS)
            wait_until(lambda: keys(data_dir) == [], "a pass")
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert meter.added[TASK_RUNS, ("lifecycle", "failed")] == 1
    assert meter.added[TASK_RUNS, ("lifecycle", "ok")] > 1
    assert meter.added[LIFECYCLE_ACTIONS, ("expire",)] == 2
    assert "lifecycle of 1 buckets: 1 objects expired, 0 versions removed" in caplog.text
