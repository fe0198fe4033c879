"""Checkpoints: what a transfer needs to know to go on after its process was killed.

One small JSON file for each transfer, in a directory of the user's own. It holds nothing secret:
where from, where to, which upload; never an AccessKey.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

Values = Mapping[str, str | int]


class Checkpoint:
    """The checkpoint of one transfer, of which there may be none on the disk yet."""

    def __init__(self, directory: Path, *transfer: str) -> None:
        """Nothing is read yet.

        Args:
            directory: made when there is something to keep.
            transfer: what tells it from others: its kind, the store, from where, to where.
        """
        digest = hashlib.sha256("\0".join(transfer).encode("utf-8", "surrogateescape"))
        self._path = directory / f"{digest.hexdigest()[:40]}.json"

    def load(self) -> Values | None:
        """What was kept, None if nothing was or if it can't be read."""
        try:
            values = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return values if isinstance(values, dict) else None

    def save(self, values: Values) -> None:
        """Keep `values` in place of what was kept before, whole or not at all."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(values), "utf-8")
        beside.replace(self._path)

    def forget(self) -> None:
        """Keep nothing any more."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def checkpoint_directory(environment: Mapping[str, str]) -> Path:
    """Where this user's checkpoints lie: in XDG's place for state, or the platform's own."""
    if directory := environment.get("XDG_STATE_HOME"):
        return Path(directory) / "pillarbox" / "transfers"
    if sys.platform == "win32":  # pragma: no cover
        local = environment.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":  # pragma: no cover
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path.home() / ".local" / "state"
    return base / "pillarbox" / "transfers"
