"""Where repairs put what they take away: nothing is deleted.

`DIR/quarantine/TIME/` has moved files under their old paths, bytes of the catalog below `catalog/`,
and `record.jsonl`: one line for each row that was taken out, with all its columns.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pillarbox.storage.blobs.durability import WHOLE
from pillarbox.storage.blobs.run_folder import sync_folder
from pillarbox.storage.data_dir import make_data_dir
from pillarbox.storage.layout import FILE_MODE, Layout


class Quarantine:
    """A new folder in the quarantine, made with the first thing that comes there."""

    def __init__(self, layout: Layout) -> None:
        self.folder = layout.quarantine / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self._root = layout.root

    def record(self, table: str, rows: Iterable[Mapping[Any, Any]]) -> None:
        """Keep rows, durably; bytes in them are told as hexadecimal. Raises OSError."""
        lines = [
            json.dumps({"table": table, "row": row}, default=bytes.hex) + "\n"
            for row in map(dict, rows)
        ]
        make_data_dir(self.folder)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._write(self.folder / "record.jsonl", "".join(lines).encode(), flags)

    def take_file(self, path: Path) -> None:
        """Move a file or folder of the data directory here, durably. Raises OSError."""
        place = self.folder / path.relative_to(self._root)
        make_data_dir(place.parent)
        path.rename(place)
        sync_folder(place.parent)
        sync_folder(path.parent)

    def take_bytes(self, blob_id: str, content: bytes) -> None:
        """Keep bytes of the catalog, durably. Raises OSError."""
        place = self.folder / "catalog" / blob_id
        make_data_dir(place.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._write(place, content, flags)

    def _write(self, path: Path, content: bytes, flags: int) -> None:
        with os.fdopen(os.open(path, flags, FILE_MODE), "wb") as file:
            file.write(content)
            file.flush()
            WHOLE.sync_data(file.fileno())
        sync_folder(path.parent)
