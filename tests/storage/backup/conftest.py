"""What the tests of backups share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pillarbox.storage.backup.backup import Backup, Options
from pillarbox.storage.backup.restore import Restore


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a backup may come."""
    return tmp_path / "backups" / "of-photos"


def untold(_: int) -> Callable[[int], None]:
    """For who shows no progress."""
    return lambda _: None


def backed_up(data_dir: Path, to: Path, **options: bool) -> Backup:
    """A backup that was made."""
    backup = Backup(data_dir, to, Options(**options))
    backup.make(untold)
    return backup


def restored(backup: Path, data_dir: Path) -> Restore:
    """A store that was made of a backup, by whoever holds the lock."""
    restore = Restore(backup, data_dir)
    data_dir.mkdir(exist_ok=True)
    restore.make(untold)
    return restore
