from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from pillarbox.model.multipart import Part
from pillarbox.storage.catalog import migration
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.migration import NEWEST, migrate, upgrade
from pillarbox.storage.catalog.multipart import parts_of
from pillarbox.storage.catalog.schema import metadata
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare
from tests.storage.recount import miscounts

SCRIPTS = Path(migration.__file__).parent / "migrations"


def definitions(connection: Connection) -> set[str]:
    """What the database itself remembers of its tables and indexes, in whatever order."""
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        " ".join(sorted(re.sub(r"\s+|,", " ", text).split()))
        for (text,) in found
        if "sqlite_sequence" not in text
    }


def versions(connection: Connection) -> list[str]:
    """The migrations that the catalog says it has seen."""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return [version for (version,) in found]


@pytest.fixture
def empty() -> Iterator[Connection]:
    """A catalog without tables."""
    with create_engine("sqlite://").begin() as connection:
        yield connection


@pytest.fixture
def made() -> Iterator[Connection]:
    """A catalog that was made at once."""
    with create_engine("sqlite://").begin() as connection:
        migrate(connection)
        yield connection


def test_migrations_make_what_the_schema_says(empty: Connection, made: Connection) -> None:
    upgrade(empty)
    assert compare_metadata(MigrationContext.configure(empty), metadata) == []
    assert definitions(empty) == definitions(made)
    assert versions(empty) == versions(made)


def test_there_is_one_newest_migration() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [NEWEST]


def test_every_migration_is_run_once(data_dir: Path) -> None:
    prepare(data_dir)
    catalog = Catalog(Layout(data_dir))
    with catalog.writing() as connection:
        migrate(connection)
        assert versions(connection) == [NEWEST]
    catalog.close()


def older(connection: Connection, version: str) -> None:
    """Make the catalog as it was after that migration."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)
    assert versions(connection) == [version]


def test_an_older_catalog_is_migrated_and_keeps_its_rows(
    empty: Connection, made: Connection
) -> None:
    older(empty, "0001")
    assert definitions(empty) != definitions(made)
    empty.exec_driver_sql(
        "INSERT INTO access_keys (id, account_id, kind, secret, created_ms)"
        " VALUES ('testkeyid', '1234567890123456', 'root', 'sealed', 1)"
    )
    migrate(empty)
    assert versions(empty) == [NEWEST]
    assert compare_metadata(MigrationContext.configure(empty), metadata) == []
    kept = empty.exec_driver_sql("SELECT id, secret, user_name FROM access_keys").all()
    assert kept == [("testkeyid", "sealed", None)]


def test_a_catalog_of_a_newer_server_is_refused(made: Connection) -> None:
    made.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Exception, match="9999"):
        migrate(made)


def test_a_start_needs_no_alembic_where_nothing_is_old(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from pillarbox.storage.preparation import prepare\n"
        "for _ in 'first', 'second': prepare(Path(sys.argv[1]))\n"
        "print('alembic' in sys.modules)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "data")], capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")


def test_threads_migrate_catalogs_of_their_own(tmp_path: Path) -> None:
    def migrated(number: int) -> set[str]:
        with create_engine(f"sqlite:///{tmp_path / str(number)}").begin() as connection:
            upgrade(connection)
            return definitions(connection)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(migrated, range(8)))
    assert "objects" in " ".join(found[0])
    assert found == [found[0]] * 8


def test_threads_prepare_directories_of_their_own(tmp_path: Path) -> None:
    directories = [tmp_path / str(number) for number in range(8)]
    with ThreadPoolExecutor(len(directories)) as threads:
        assert len(list(threads.map(prepare, directories))) == len(directories)
    for directory in directories:
        catalog = Catalog(Layout(directory))
        with catalog.reading() as connection:
            assert "objects" in " ".join(definitions(connection))
        catalog.close()


def test_parts_that_are_there_already_have_no_checksum(empty: Connection) -> None:
    older(empty, "0004")
    empty.exec_driver_sql("INSERT INTO parts VALUES ('a', 1, 'f0-1', 10, X'6d', 3, 4)")
    migrate(empty)
    cursor = empty.connection.cursor()
    assert parts_of(cursor, "a") == [Part(1, "f0-1", 10, b"m", 3, 4, checksum=None)]


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
