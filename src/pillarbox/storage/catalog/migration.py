"""Bringing the catalog's tables up to date.

A new catalog gets its tables as the schema says, and one that is up to date is left alone; only an
older one needs Alembic. Importing Alembic and running every migration takes longer than all else
that a start does.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from pillarbox.storage.catalog import schema

#: The newest migration: what `schema` says.
NEWEST = "0006"

#: Where Alembic keeps which migrations a catalog has seen.
_versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

#: Alembic keeps the migration that runs in module globals: two threads would mix theirs up.
_running = threading.Lock()


def migrate(connection: Connection) -> None:
    """Run every migration that this catalog has not seen, in the transaction of `connection`."""
    tables = inspect(connection).get_table_names()
    if not tables:
        _make(connection)
    elif _versions.name not in tables or _seen(connection) != [NEWEST]:
        upgrade(connection)


def upgrade(connection: Connection) -> None:
    """The same by Alembic, one migration after the other from what the catalog has seen."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    with _running:
        command.upgrade(config, "head")


def check_is_newest(connection: Connection) -> None:
    """Raise ValueError unless the catalog has seen every migration that there is, and no other."""
    if _versions.name not in inspect(connection).get_table_names() or _seen(connection) != [NEWEST]:
        raise ValueError(
            "its catalog is of another version: use the version of pillarbox that last served it, "
            "or start `pillarbox serve` of this one, which brings it up to date"
        )


def _make(connection: Connection) -> None:
    """A new catalog as all migrations would leave it."""
    schema.metadata.create_all(connection, checkfirst=False)
    _versions.create(connection, checkfirst=False)
    connection.execute(insert(_versions).values(version_num=NEWEST))


def _seen(connection: Connection) -> list[str]:
    return list(connection.scalars(select(_versions.c.version_num)))
