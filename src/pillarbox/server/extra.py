"""Whether the server can run here: its packages are an extra, which the toolkit does without."""

from __future__ import annotations

import sys
from importlib.util import find_spec

#: What the extra brings; the first that is missing tells that it wasn't installed.
_PARTS = ("granian", "sqlalchemy", "alembic", "cryptography", "fastcrc", "awscrt", "uvloop")


def find_hindrance() -> str | None:
    """Why the server can't run here and how to mend it, in a line; None if it can."""
    if sys.platform == "win32":
        return "the server runs on Linux and macOS; the toolkit runs here too"
    for name in _PARTS:
        if find_spec(name) is None:
            return f"{name} is not installed: run pip install 'pillarbox[server]'"
    return None
