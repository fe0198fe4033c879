"""A backup of a store that is written and cleared up all the while, restored and compared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.jobs.reaper import reap
from pillarbox.model.versioning import Versioning
from pillarbox.storage.backup.backup import Backup, Options
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.fsck.fault import Fault
from pillarbox.storage.upkeep import Upkeep
from tests.storage.backup.busy_store import Ledger, Load
from tests.storage.backup.conftest import restored
from tests.storage.filled import contents
from tests.storage.filled_versions import Versions, versions
from tests.storage.fsck.conftest import faults_of
from tests.storage.loops import in_a_loop
from tests.storage.stores import opened

_CLIENTS = 2

#: What was acknowledged before a backup began: see `Ledger`.
Before = dict[bytes, bytes | None]
VersionsBefore = dict[tuple[bytes, str], bytes | None]

#: Changes that come between two blobs, at least.
_PACE = 3


def reaped(data_dir: Path) -> int:
    """Let a reaper without any grace come by."""
    with closing(Upkeep(data_dir)) as upkeep:
        return reap(upkeep, time.time_ns() // 1_000_000 + 1000, 0)


class Watch:
    """Lets a backup go on only when the load has, with a reaper in between."""

    def __init__(self, data_dir: Path, load: Load) -> None:
        self._data_dir = data_dir
        self._load = load

    def begun(self, _: int) -> Callable[[int], None]:
        """See `Backup.make`."""
        return self._told

    def _told(self, _: int) -> None:
        self._load.wait_for_more(_PACE)
        assert reaped(self._data_dir) == 0


def compare(ledger: Ledger, before: Before, found: dict[bytes, bytes]) -> None:
    """What was acknowledged before and left alone is there; all else is whole or absent."""
    untouched = {key: value for key, value in before.items() if key not in ledger.changing}
    assert len(untouched) >= len(before) // 2, "half of the keys is left alone"
    assert {key: found.get(key) for key in untouched} == untouched
    assert ledger.changing, "the load went on"
    for key, content in found.items():
        assert content in ledger.sent[key]


def compare_versions(ledger: Ledger, before: VersionsBefore, found: Versions) -> None:
    """What was acknowledged before and not removed is there; all else is whole."""
    there = {(key, name): content for key, stack in found.items() for name, content in stack}
    for place in before.keys() & ledger.versions.keys():
        assert there[place] == before[place]
    for (key, _), content in there.items():
        assert content is None or content in ledger.sent[key]


@pytest.mark.parametrize(
    ("may_link", "versioning"),
    [(True, Versioning.NEVER), (False, Versioning.NEVER), (True, Versioning.ENABLED)],
)
def test_restored_and_compared(
    data_dir: Path, tmp_path: Path, may_link: bool, versioning: Versioning
) -> None:
    async def run() -> tuple[Ledger, Before, VersionsBefore]:
        async with opened(data_dir) as (store, bucket):
            if versioning is not Versioning.NEVER:
                await store.set_bucket_versioning(bucket, versioning)
            load = Load(store, bucket, seed=8)
            await load.fill(_CLIENTS)
            clients = [asyncio.ensure_future(load.client(n)) for n in range(_CLIENTS)]
            for _ in range(2):  # the second one brings what is new
                before = load.ledger.settled()
                versions_before = dict(load.ledger.versions)
                backup = Backup(data_dir, tmp_path / "backup", Options(may_link=may_link))
                await asyncio.to_thread(backup.make, Watch(data_dir, load).begun)
                assert backup.lost == []
            load.stop()
            await asyncio.gather(*clients)
            return load.ledger, before, versions_before

    ledger, before, versions_before = asyncio.run(run())
    assert reaped(data_dir) > 0, "there was something to take away"
    restored(tmp_path / "backup", tmp_path / "again")
    assert faults_of(tmp_path / "again") == []
    compare(ledger, before, contents(tmp_path / "again"))
    assert bool(versions_before) == (versioning is Versioning.ENABLED)
    if versions_before:
        compare_versions(ledger, versions_before, versions(tmp_path / "again"))


@in_a_loop
async def test_a_check_meanwhile_finds_no_fault(data_dir: Path) -> None:
    """Nor does it with the reaper taking away what it was about to look at."""

    def check() -> list[Fault]:
        def told(_: int) -> None:
            load.wait_for_more(_PACE)
            gone.append(reaped(data_dir))

        with closing(Check(data_dir, told=told)) as checking:
            return list(checking.faults())

    gone: list[int] = []
    async with opened(data_dir) as (store, bucket):
        load = Load(store, bucket, seed=9)
        await load.fill(_CLIENTS)
        clients = [asyncio.ensure_future(load.client(n)) for n in range(_CLIENTS)]
        assert await asyncio.to_thread(check) == []
        load.stop()
        await asyncio.gather(*clients)
    assert sum(gone) > 0
    assert faults_of(data_dir) == []
