from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.layout import Layout
from pillarbox.storage.preparation import prepare

SECRET = "a secret that no log may hold"


@pytest.mark.parametrize("name", ["d?a", "p%41#h", "with blank", "ünï", "a:b@c"])
def test_the_catalog_lies_in_the_directory_whatever_its_name(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name
    prepare(directory)
    assert Layout(directory).catalog.stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_error_does_not_tell_the_values_that_were_written(data_dir: Path) -> None:
    catalog = Catalog(Layout(data_dir))
    statement = text("INSERT INTO access_keys (id, secret) VALUES (:secret, :secret)")
    with pytest.raises(DBAPIError) as caught, catalog.writing() as connection:
        connection.execute(statement, {"secret": SECRET})
    assert "access_keys" in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(DBAPIError) as caught, catalog.reading() as connection:
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": SECRET})
    assert SECRET not in str(caught.value)
    catalog.close()
