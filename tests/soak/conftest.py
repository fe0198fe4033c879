"""What the long runs can be told; all of them are marked `soak`."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Settings:
    """How long the runs are.

    Attributes:
        seconds: that a run without an end of its own takes.
        rounds: power cuts.
        kills: of the server; of a worker a tenth as many.
        seed: of all that is random.
    """

    seconds: float
    rounds: int
    kills: int
    seed: int


@pytest.fixture
def settings() -> Settings:
    """From PILLARBOX_SOAK_SECONDS, _ROUNDS, _KILLS and _SEED."""
    seed = int(os.environ.get("PILLARBOX_SOAK_SEED") or random.getrandbits(32))
    seconds = float(os.environ.get("PILLARBOX_SOAK_SECONDS") or 300)
    rounds = int(os.environ.get("PILLARBOX_SOAK_ROUNDS") or 40)
    kills = int(os.environ.get("PILLARBOX_SOAK_KILLS") or 1000)
    print(f"PILLARBOX_SOAK_SEED={seed}")
    return Settings(seconds, rounds, kills, seed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.soak)
