from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from pillarbox.storage.catalog import migration
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.migration import migrate
from pillarbox.storage.catalog.schema import metadata
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare


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
