"""The rows of a table, page by page: neither all in memory nor all of one state of the catalog.

A reader that stayed in one state would keep SQLite's log from being written back for as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, tuple_

from pillarbox.storage.catalog.database import Catalog

#: Rows of a page.
SIZE = 500


def pages(
    catalog: Catalog, query: Select[Any], order: Sequence[Column[Any]]
) -> Iterator[Sequence[Row[Any]]]:
    """The rows of `query` in the order of the columns `order`, which it selects; in pages."""
    after: tuple[Any, ...] | None = None
    while True:
        page = query.order_by(*order).limit(SIZE)
        if after is not None:
            page = page.where(_behind(order, after))
        with catalog.reading() as connection:
            found = connection.execute(page).all()
        if found:
            yield found
        if len(found) < SIZE:
            return
        after = tuple(found[-1]._mapping[column] for column in order)


def rows(catalog: Catalog, query: Select[Any], order: Sequence[Column[Any]]) -> Iterator[Row[Any]]:
    """The rows of `pages`, one after the other."""
    return chain.from_iterable(pages(catalog, query, order))


def _behind(order: Sequence[Column[Any]], after: tuple[Any, ...]) -> ColumnElement[bool]:
    behind: ColumnElement[bool]
    behind = tuple_(*order) > tuple_(*after) if len(order) > 1 else order[0] > after[0]
    return behind
