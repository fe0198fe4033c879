"""Lifecycle rules when the keeper is killed in the midst of a pass, and when the clock jumps."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from pillarbox.model.lifecycle import DAY_MS, AfterDays, LifecycleRule
from pillarbox.storage.blobs.run_folder import holding
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.layout import Layout
from tests.crash.fault_shim import FaultShim
from tests.crash.serving import DoomedServer
from tests.crash.test_jumping_clock import YEARS, round_of_a_new_keeper
from tests.server_process import wait_until
from tests.storage.lifecycle_stores import age_all, keys, set_rules
from tests.storage.stores import LARGE, new_data_dir, opened, put, rows

MANY = 1500
OPTIONS = ("--lifecycle-interval", "1s")
RULE = LifecycleRule("r", "tmp/", expiration=AfterDays(1))


def fill(data_dir: Path, names: list[str], size: int) -> None:
    async def run() -> None:
        async with opened(data_dir) as (store, bucket):
            await asyncio.gather(
                *(put(store, bucket, name.encode(), b"x" * size) for name in names)
            )

    asyncio.run(run())


def multiply(data_dir: Path, times: int) -> None:
    """So many copies of the one empty object there is, without a commit for each."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("CREATE TEMP TABLE copies AS SELECT * FROM objects")
        for number in range(times):
            catalog.execute("UPDATE copies SET key = ?", (b"tmp/%05d" % number,))
            catalog.execute("INSERT INTO objects SELECT * FROM copies")
        catalog.execute("UPDATE bucket_usage SET objects = objects + ?", (times,))


def left(data_dir: Path) -> int:
    ((count,),) = rows(data_dir, "SELECT count(*) FROM objects")
    assert isinstance(count, int)
    return count


def test_a_keeper_that_is_killed_in_the_midst_of_a_pass(tmp_path: Path) -> None:
    data_dir = new_data_dir(tmp_path)
    fill(data_dir, ["tmp/empty"], 0)
    multiply(data_dir, MANY - 1)
    fill(data_dir, ["kept", "tmp/large"], LARGE)
    age_all(data_dir, 3 * DAY_MS)
    with DoomedServer(data_dir, OPTIONS) as server:
        set_rules(data_dir, RULE)
        wait_until(lambda: left(data_dir) < MANY, "the begin of a pass")
        with holding(Layout(data_dir).catalog_lock):  # a pass ends sooner than a keeper is found
            keeper = server.keeper_pid
            assert keeper is not None
            os.kill(keeper, signal.SIGKILL)
            assert 1 < left(data_dir) < MANY, "it was in the midst"
        wait_until(lambda: left(data_dir) == 1, "the end of another keeper's pass")
        server.stop()
    assert keys(data_dir) == [b"kept"]
    usage = rows(data_dir, "SELECT sum(objects), sum(bytes) FROM bucket_usage")
    assert usage == [(1, LARGE)], "each was counted once"
    with closing(Check(data_dir)) as check:
        assert list(check.faults()) == []


def test_a_clock_that_jumps_across_the_restart_of_a_keeper(
    tmp_path: Path, fault_library: Path
) -> None:
    data_dir = new_data_dir(tmp_path)
    fill(data_dir, ["tmp/young"], 10)
    set_rules(data_dir, RULE)
    with (
        FaultShim(fault_library, tmp_path / "faults") as shim,
        DoomedServer(data_dir, OPTIONS, shim=shim) as server,
    ):
        wait_until(lambda: rows(data_dir, "SELECT * FROM leases") != [], "the first pass")
        shim.shift_clock(YEARS)
        round_of_a_new_keeper(server)
        server.wait_for_notice("until it has gone on for a day")
        assert keys(data_dir) == [b"tmp/young"]
        shim.shift_clock(0)
        round_of_a_new_keeper(server)
        age_all(data_dir, 3 * DAY_MS)
        wait_until(lambda: keys(data_dir) == [], "a pass by the clock as it is again")
