"""Tables read page by page while they change."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import insert, select

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import garbage, object_blobs
from pillarbox.storage.fsck import pages
from pillarbox.storage.layout import Layout


def test_every_row_comes_once(data_dir: Path) -> None:
    with closing(Catalog(Layout(data_dir))) as catalog:
        rows = [
            {"object_blob_id": f"c{n % 7}", "position": n, "blob_id": "f", "size": 1}
            for n in range(2 * pages.SIZE)
        ]
        with catalog.writing() as connection:
            connection.execute(insert(object_blobs), rows)
        order = [object_blobs.c.object_blob_id, object_blobs.c.position]
        found = list(pages.pages(catalog, select(*order), order))
        assert [len(page) for page in found] == [pages.SIZE] * 2
        seen = [tuple(row) for page in found for row in page]
        assert seen == sorted((row["object_blob_id"], row["position"]) for row in rows)


def test_a_reader_between_two_pages_holds_nothing_up(data_dir: Path) -> None:
    with closing(Catalog(Layout(data_dir))) as catalog:

        def add(first: int) -> None:
            values = [{"blob_id": f"{n:05}", "since_ms": 0} for n in range(first, first + 600)]
            with catalog.writing() as connection:
                connection.execute(insert(garbage), values)

        add(0)
        reading = pages.pages(catalog, select(garbage), [garbage.c.blob_id])
        assert len(next(reading)) == pages.SIZE
        add(600)
        assert sum(map(len, reading)) == 1200 - pages.SIZE
