from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from pillarbox.storage.catalog import migration
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.migration import migrate
from pillarbox.storage.catalog.schema import metadata
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare
from tests.storage.recount import miscounts


def definitions(connection: Connection) -> set[str]:
    """What the database itself remembers of its tables and indexes, in whatever order."""
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        " ".join(sorted(re.sub(r"\s+|,", " ", text).split()))
        for (text,) in found
        if "alembic_version" not in text and "sqlite_sequence" not in text
    }


def test_migrations_make_what_the_schema_says(data_dir: Path) -> None:
    catalog = Catalog(Layout(data_dir))
    with catalog.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        migrated = definitions(connection)
    catalog.close()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        assert migrated == definitions(connection)


def test_every_migration_is_run_once(data_dir: Path) -> None:
    scripts = ScriptDirectory(str(Path(migration.__file__).parent / "migrations"))
    assert len(scripts.get_heads()) == 1
    prepare(data_dir)
    catalog = Catalog(Layout(data_dir))
    with catalog.writing() as connection:
        migrate(connection)
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
        assert list(found) == scripts.get_heads()
    catalog.close()


def test_threads_migrate_catalogs_of_their_own(tmp_path: Path) -> None:
    directories = [tmp_path / str(number) for number in range(8)]
    with ThreadPoolExecutor(len(directories)) as threads:
        assert len(list(threads.map(prepare, directories))) == len(directories)
    for directory in directories:
        catalog = Catalog(Layout(directory))
        with catalog.reading() as connection:
            assert "objects" in " ".join(definitions(connection))
        catalog.close()


def test_parts_that_are_there_already_are_counted(tmp_path: Path) -> None:
    """A catalog of before 0004, with unfinished uploads in a bucket with objects and in another."""
    path = tmp_path / "catalog.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option(
            "script_location", str(Path(migration.__file__).parent / "migrations")
        )
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        execute = connection.exec_driver_sql
        execute("INSERT INTO bucket_usage VALUES (1, 0, 1, 7), (3, 0, 0, 0)")
        execute(
            "INSERT INTO objects VALUES"
            " (1, 'k', NULL, 'Normal', 0, NULL, 7, '', '', 0, 0, '', '', '', NULL, '{}')"
        )
        for upload, bucket_id in (("a", 1), ("b", 1), ("c", 2), ("d", 2)):
            execute(
                "INSERT INTO multipart_uploads VALUES (?, ?, 'k', '', 0, '', '', NULL, '{}')",
                (upload, bucket_id),
            )
        execute(
            "INSERT INTO parts VALUES ('a', 1, NULL, 10, '', 0, 0), ('a', 2, NULL, 20, '', 0, 0),"
            " ('b', 1, NULL, 40, '', 0, 0), ('c', 1, NULL, 80, '', 0, 0)"
        )
        migrate(connection)
    engine.dispose()
    with closing(sqlite3.connect(path)) as catalog:
        assert list(catalog.execute("SELECT * FROM bucket_usage ORDER BY bucket_id")) == [
            (1, 0, 1, 77, 70),
            (2, 0, 0, 80, 80),
            (3, 0, 0, 0, 0),
        ]
        assert miscounts(catalog) == []
