"""The catalog as a worker's event loop uses it: reads in threads, changes in the group commit.

Failures of the catalog come out as refusals, with their cause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy import Connection

from pillarbox.storage import patience
from pillarbox.storage.catalog.group_commit import Change, GroupCommit
from pillarbox.storage.catalog.readers import Readers
from pillarbox.storage.errors import LostBlob, as_refusal

T = TypeVar("T")


class CatalogAccess:
    """Reads and changes of one catalog."""

    def __init__(self, readers: Readers, commits: GroupCommit) -> None:
        self._readers = readers
        self._commits = commits

    async def by_cursor(self, read: Callable[[Any], T]) -> T:
        """See `Readers.by_cursor`."""
        return await as_refusals(self._readers.by_cursor(read))

    async def by_cursor_in_transaction(self, read: Callable[[Any], T]) -> T:
        """See `Readers.by_cursor_in_transaction`."""
        return await as_refusals(in_time(self._readers.by_cursor_in_transaction(read)))

    async def by_connection(self, read: Callable[[Connection], T]) -> T:
        """See `Readers.by_connection`."""
        return await as_refusals(in_time(self._readers.by_connection(read)))

    async def change(
        self, change: Callable[[Connection], T], *, is_cached: bool = False, weight: int = 0
    ) -> T:
        """The outcome of a change, when it is durable.

        Args:
            is_cached, weight: see `Change`.
        """
        ticket = self._commits.submit(Change(change, is_cached, weight))
        try:
            return await self._commits.outcome(ticket)
        except Exception as error:
            if (refusal := as_refusal(error)) is error:
                raise
            raise refusal from error


async def as_refusals(reading: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """What `reading` gives; its errors come out as refusals, but for lost blobs."""
    try:
        return await reading
    except LostBlob:
        raise
    except Exception as error:
        raise as_refusal(error) from error


async def in_time(reading: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """What `reading` gives; TimeoutError if it takes longer than `PATIENCE_SECONDS`."""
    async with asyncio.timeout(patience.PATIENCE_SECONDS):
        return await reading
