"""What the crash tests can be told."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.fault_shim import compile_shim, why_impossible

#: One of each kind of moment; `make crash` makes more.
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What is random is random by `seed`; `rounds` is how many crashes a test makes."""

    seed: int
    rounds: int


@pytest.fixture
def settings() -> Settings:
    """From PILLARBOX_CRASH_ROUNDS and PILLARBOX_CRASH_SEED; shown when a test fails."""
    seed = int(os.environ.get("PILLARBOX_CRASH_SEED") or random.getrandbits(32))
    rounds = int(os.environ.get("PILLARBOX_CRASH_ROUNDS") or _ROUNDS)
    print(f"PILLARBOX_CRASH_SEED={seed} PILLARBOX_CRASH_ROUNDS={rounds}")
    return Settings(seed, rounds)


@pytest.fixture(scope="session")
def fault_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes a server's system calls fail, or kills it at one."""
    if reason := why_impossible():
        pytest.skip(f"no system call can be struck: {reason}")
    return compile_shim(tmp_path_factory.mktemp("faults"))
