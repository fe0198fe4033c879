"""Bringing the catalog's tables up to date (Alembic)."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

#: Alembic keeps the migration that runs in module globals: two threads would mix theirs up.
_running = threading.Lock()


def migrate(connection: Connection) -> None:
    """Run every migration that this catalog has not seen, in the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    with _running:
        command.upgrade(config, "head")
