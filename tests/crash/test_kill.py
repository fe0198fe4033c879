"""The server is killed while uploads run: what was acknowledged is there afterwards.

The same load and the same comparison as in `test_power_cut`, which says more. Supervisor, keeper
and worker die at once, at a random moment. The page cache survives, so this cannot show that
anything was synced; it shows that no upload is half done in the order of the steps, that locks do
not outlive their holders, and that the sweep finds what is left.
"""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from tests.crash.conftest import Settings
from tests.crash.load import AfterSeconds
from tests.crash.rounds import Kill, KillWorker, Rounds, random_moments
from tests.crash.serving import DoomedServer

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the server's processes are found in /proc"
)


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, settings: Settings) -> None:
    rounds = Rounds(tmp_path / "data", Kill())
    moments = islice(random_moments(settings.seed), settings.rounds)

    assert rounds.run(moments, seed=settings.seed) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > 0
    assert rounds.versions.acknowledged > 0


def test_a_worker_that_dies_beside_another_loses_nothing(
    tmp_path: Path, settings: Settings
) -> None:
    rounds = Rounds(tmp_path / "data", KillWorker(), workers=2)
    luck = random.Random(settings.seed)
    moments = [AfterSeconds(luck.uniform(0.2, 1.0)) for _ in range(max(2, settings.rounds // 4))]

    assert rounds.run(moments, seed=settings.seed) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > 0
    assert rounds.versions.acknowledged > 0


def test_the_kill_reaches_supervisor_keeper_and_worker(tmp_path: Path) -> None:
    with DoomedServer(tmp_path / "data") as server:
        pids = server.pids()
        assert {server.pid, server.keeper_pid, server.worker_pid} <= set(pids)
        server.kill_all()
        assert server.pids() == []
