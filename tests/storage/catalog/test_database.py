from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.layout import Layout

SECRET = "a secret that no log may hold"


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
