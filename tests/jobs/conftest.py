"""What the tests of the jobs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.stores import new_data_dir


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A prepared data directory with the bucket `photos`."""
    return new_data_dir(tmp_path)
