"""Callbacks that wait in the catalog, as a worker sees them that has just tried one."""

from __future__ import annotations

from functools import partial

from pillarbox.storage.catalog import outbox
from pillarbox.storage.catalog_access import CatalogAccess


class WaitingCallbacks:
    """Those of a store."""

    def __init__(self, access: CatalogAccess) -> None:
        self._access = access

    async def count(self) -> int:
        """How many are to be tried."""
        return await self._access.by_connection(outbox.count_waiting)

    async def finish(self, callback_id: int) -> None:
        """Forget one that its site has taken, or refuses for good."""
        await self._access.change(partial(outbox.finish_callback, callback_id=callback_id))

    async def postpone(self, callback_id: int, due_ms: int, error: str) -> None:
        """Note a failed attempt; the callback is due again at `due_ms`."""
        await self._access.change(
            partial(outbox.postpone_callback, callback_id=callback_id, due_ms=due_ms, error=error)
        )
