"""What the storage tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.filled import filled
from tests.storage.stores import new_data_dir


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A prepared data directory with the bucket `photos`."""
    return new_data_dir(tmp_path)


@pytest.fixture
def store_dir(data_dir: Path) -> Path:
    """A filled data directory that nobody serves."""
    filled(data_dir)
    return data_dir
