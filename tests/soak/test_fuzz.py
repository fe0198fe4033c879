"""atheris searches each parser for an input that breaks it, for as long as the run is to take."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.server_process import PATIENCE
from tests.soak.conftest import Settings

_SHOWN = 4000


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is for Linux alone")
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks_it(target: str, tmp_path: Path, settings: Settings) -> None:
    corpus, log = tmp_path / target, tmp_path / "log"
    arguments = [target, str(corpus), str(round(settings.seconds)), str(settings.seed or 1)]
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.search", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=settings.seconds + 5 * PATIENCE,
        )
    told = log.read_text("utf-8", "replace")
    found = {path: path.read_bytes() for path in tmp_path.glob(f"{target}.*-*")}
    assert (done.returncode, found) == (0, {}), told[-_SHOWN:]
    assert len(list(corpus.iterdir())) > len(TARGETS[target].SEEDS), told[-_SHOWN:]
    print(told.splitlines()[-1], f"{len(list(corpus.iterdir()))} inputs kept")
