"""Many more power cuts and kills than `make crash` has time for."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.crash.image import Image, why_impossible
from tests.crash.load import AfterSeconds, Moment
from tests.crash.rounds import Crash, Kill, KillWorker, PowerCut, Rounds, random_moments
from tests.soak.conftest import Settings

#: Every round reads all that was ever stored, so now and then it begins with an empty directory.
_ROUNDS_IN_A_DIRECTORY = 25


def check(rounds: Rounds, moments: Iterator[Moment], count: int, seed: int) -> None:
    assert rounds.run(islice(moments, count), seed=seed) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > 0
    assert rounds.versions.acknowledged > 0


def short_moments(seed: int) -> Iterator[Moment]:
    """Random moments without end, of loads that take a quarter of a second in the mean."""
    luck = random.Random(seed)
    while True:
        yield AfterSeconds(luck.uniform(0.02, 0.5))


def test_power_cuts(tmp_path: Path, settings: Settings) -> None:
    if reason := why_impossible():
        pytest.skip(f"no power can be cut: {reason}")
    with Image(tmp_path) as image:
        rounds = Rounds(image.mount_point / "data", PowerCut(image))
        check(rounds, random_moments(settings.seed), settings.rounds, settings.seed)


def test_kills_of_the_server(tmp_path: Path, settings: Settings) -> None:
    loop(tmp_path, settings, Kill(), settings.kills)


def test_kills_of_one_worker_of_two(tmp_path: Path, settings: Settings) -> None:
    """Then of all that runs, too."""
    loop(tmp_path, settings, KillWorker(), settings.kills // 10, workers=2)


def loop(folder: Path, settings: Settings, crash: Crash, kills: int, *, workers: int = 1) -> None:
    moments = short_moments(settings.seed)
    for begun in range(0, kills, _ROUNDS_IN_A_DIRECTORY):
        count = min(_ROUNDS_IN_A_DIRECTORY, kills - begun)
        data_dir = folder / f"data-{begun}"
        check(Rounds(data_dir, crash, workers=workers), moments, count, settings.seed + begun)
        shutil.rmtree(data_dir)
        print(f"{begun + count} kills")
