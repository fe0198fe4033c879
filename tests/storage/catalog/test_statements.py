from __future__ import annotations

from dataclasses import fields

import pytest
from sqlalchemy import Table, create_engine
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.sql.expression import insert

from pillarbox.model.objects import Digests, ListedObject, ObjectSpec
from pillarbox.storage.catalog import statements
from pillarbox.storage.catalog.rows import object_row, signed, unsigned
from pillarbox.storage.catalog.schema import garbage, inline_blobs, metadata, objects


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        (objects, statements.PUT_OBJECTS),
        (inline_blobs, statements.PUT_INLINE),
        (garbage, statements.PUT_GARBAGE),
    ],
)
def test_rows_are_written_in_the_order_of_the_columns(table: Table, texts: dict[int, str]) -> None:
    one = str(insert(table).compile(dialect=dialect()))
    ours = texts[1].partition(" ON CONFLICT")[0]
    assert ours.replace('"', "") == one.replace('"', "")


def test_an_object_row_has_a_value_for_every_column() -> None:
    row = object_row(7, ObjectSpec(b"k"), "owner", Digests(1, b"m" * 16, 2**64 - 1), "i-1", 5)
    named = dict(zip((column.name for column in objects.columns), row, strict=True))
    assert named["bucket_id"] == 7
    assert named["blob_id"] == "i-1"
    assert named["crc64"] == -1
    assert named["owner_id"] == "owner"
    assert named["modified_ms"] == 5
    assert named["attributes"] == '{"type":"application/octet-stream"}'


def test_listed_columns_are_those_of_the_model() -> None:
    names = [column.name for column in statements.LISTED]
    assert names == [field.name for field in fields(ListedObject)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 31, 32, 33, 75, 96])
def test_any_number_of_rows_is_written_once_and_in_order(count: int) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        expected = [(f"f-{n:04}", n) for n in range(count)]
        statements.write_rows(cursor.execute, statements.PUT_GARBAGE, expected)
        cursor.execute("SELECT blob_id, since_ms FROM garbage ORDER BY blob_id")
        assert cursor.fetchall() == expected


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_an_unsigned_number_comes_back(number: int) -> None:
    assert -(2**63) <= signed(number) < 2**63
    assert unsigned(signed(number)) == number
