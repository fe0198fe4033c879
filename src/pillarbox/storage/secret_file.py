"""Files that hold a secret: for their owner alone, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from pillarbox.storage.blobs.durability import Durability
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.layout import FILE_MODE


def write_secret_file(path: Path, content: bytes, durability: Durability) -> None:
    """Write `path` durably. Raises OSError."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        durability.sync_data(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent, durability)
