"""A few threads that read the catalog, each with a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection

from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.lookups import Lookups

T = TypeVar("T")

_THREADS = 4


class Readers:
    """Reads of the catalog off the event loop."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._local = threading.local()
        self._open: list[Any] = []
        self._threads = ThreadPoolExecutor(_THREADS, "catalog-reader")
        self._lookups = Lookups(self._cursor)

    async def by_cursor(self, read: Callable[[Any], T]) -> T:
        """Run `read` with a cursor of the driver: for one statement of the hot path."""
        return await self._lookups.run(read)

    async def by_cursor_in_transaction(self, read: Callable[[Any], T]) -> T:
        """As `by_cursor`, for several statements that must see one state of the catalog."""

        def work() -> T:
            cursor = self._cursor()
            try:
                cursor.execute("BEGIN")
                found = read(cursor)
                cursor.execute("COMMIT")
            except BaseException:
                self._leave_transaction(cursor)
                raise
            return found

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def by_connection(self, read: Callable[[Connection], T]) -> T:
        """Run `read` in a transaction of SQLAlchemy: for what is not hot."""

        def work() -> T:
            with self._catalog.reading() as connection:
                return read(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """End the threads, then their connections."""
        self._lookups.close()
        self._threads.shutdown()
        for connection in self._open:
            with suppress(Exception):
                connection.close()

    def _cursor(self) -> Any:
        if not hasattr(self._local, "cursor"):
            connection = self._catalog.reader()
            self._open.append(connection)
            self._local.connection = connection
            self._local.cursor = connection.cursor()
        return self._local.cursor

    def _leave_transaction(self, cursor: Any) -> None:
        """End a transaction that went wrong; who stayed in it would see its old state for ever."""
        try:
            cursor.execute("ROLLBACK")
        except Exception:
            connection = self._local.connection
            del self._local.cursor, self._local.connection
            self._open.remove(connection)
            connection.invalidate()
