"""The door to the callbacks that wait, for who delivers them and for the operator.

Synchronous, and meant for processes beside the workers; the catalog's lock lets each in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog import outbox
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.outbox import NEVER_MS, WaitingCallback
from pillarbox.storage.layout import Layout

__all__ = ["NEVER_MS", "Outbox", "WaitingCallback", "first_try"]


def first_try(
    callback_id: int, bucket_id: int, key: bytes, request: str, now_ms: int
) -> WaitingCallback:
    """The row of a callback that its own upload calls first; then it is due."""
    due_ms = now_ms + outbox.LEASE_MS
    return WaitingCallback(callback_id, bucket_id, key, None, request, now_ms, due_ms)


class Outbox:
    """The callbacks of a prepared data directory that wait, or were given up.

    Times are milliseconds since the Unix epoch, UTC. Raises SQLAlchemy's errors.
    """

    def __init__(self, data_dir: Path, durability: Durability = WHOLE) -> None:
        self._catalog = Catalog(Layout(data_dir), durability)

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()

    def claim(self, now_ms: int, limit: int) -> list[WaitingCallback]:
        """At most `limit` callbacks that are due; nobody else gets them for a minute."""
        with self._catalog.reading() as connection:
            if not outbox.due_callbacks(connection, now_ms, 1):
                return []  # nearly always, and without the lock
        with self._catalog.writing() as connection:
            found = outbox.due_callbacks(connection, now_ms, limit)
            outbox.lease(connection, found, now_ms)
        return found

    def end_first_leases(self, now_ms: int) -> None:
        """Make due what was being called when everything ended; before any worker runs."""
        with self._catalog.writing() as connection:
            outbox.end_first_leases(connection, now_ms)

    def finish(self, callback_id: int) -> None:
        """Forget a callback that its site has taken, or refuses for good."""
        with self._catalog.writing() as connection:
            outbox.finish_callback(connection, callback_id)

    def postpone(self, callback_id: int, due_ms: int, error: str) -> None:
        """Note a failed attempt; `NEVER_MS` gives up."""
        with self._catalog.writing() as connection:
            outbox.postpone_callback(connection, callback_id, due_ms, error)

    def all(self) -> list[WaitingCallback]:
        """Every callback that waits or was given up, oldest first."""
        with self._catalog.reading() as connection:
            return outbox.all_callbacks(connection)

    def replay(self, requests: Mapping[int, str], now_ms: int) -> None:
        """Make callbacks due now, each with the request that has its new deadline."""
        with self._catalog.writing() as connection:
            for callback_id, request in requests.items():
                outbox.replay_callback(connection, callback_id, request, now_ms)

    def drop(self, ids: Collection[int] | None) -> int:
        """Forget callbacks, all for None; how many there were."""
        with self._catalog.writing() as connection:
            return outbox.drop_callbacks(connection, ids)

    def prune(self, before_ms: int) -> int:
        """Forget what was given up and is of uploads before `before_ms`; how many it were."""
        with self._catalog.reading() as connection:
            if not outbox.has_to_prune(connection, before_ms):
                return 0
        with self._catalog.writing() as connection:
            return outbox.prune_callbacks(connection, before_ms)
