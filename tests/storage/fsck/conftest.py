"""What the tests of checks share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.fsck.check import Check
from pillarbox.storage.fsck.fault import Fault
from pillarbox.storage.layout import Layout

Change = Callable[..., None]


@pytest.fixture
def change(store_dir: Path) -> Change:
    """Runs SQL on its catalog, with values by name."""

    def run(statement: str, **values: Any) -> None:
        with closing(Catalog(Layout(store_dir))) as catalog, catalog.writing() as connection:
            assert connection.execute(text(statement), values).rowcount > 0

    return run


def faults_of(data_dir: Path, *, with_crc: bool = True) -> list[Fault]:
    """All that a check finds."""
    with closing(Check(data_dir, with_crc=with_crc)) as check:
        return list(check.faults())
