"""A prepared data directory and a command line on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.here import CommandLine
from tests.storage.stores import new_data_dir


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A directory with the bucket `photos`, as after a server's first start."""
    return new_data_dir(tmp_path)


@pytest.fixture
def line(prepared: Path) -> CommandLine:
    return CommandLine(prepared)
