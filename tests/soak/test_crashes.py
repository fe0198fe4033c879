"""Many more power cuts and kills than `make crash` has time for."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.crash.image import Image, why_impossible
from tests.crash.rounds import Kill, PowerCut, Rounds, random_moments
from tests.soak.conftest import Settings


def check(rounds: Rounds, settings: Settings) -> None:
    moments = islice(random_moments(settings.seed), settings.rounds)
    assert rounds.run(moments, seed=settings.seed) == []
    assert rounds.reap_and_compare() == []
    assert rounds.ledger.acknowledged > 0


def test_power_cuts(tmp_path: Path, settings: Settings) -> None:
    if reason := why_impossible():
        pytest.skip(f"no power can be cut: {reason}")
    with Image(tmp_path) as image:
        check(Rounds(image.mount_point / "data", PowerCut(image)), settings)


def test_kills(tmp_path: Path, settings: Settings) -> None:
    check(Rounds(tmp_path / "data", Kill()), settings)
