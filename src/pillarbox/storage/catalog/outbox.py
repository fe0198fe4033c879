"""Callbacks that wait in the catalog until their site has taken them.

A row is written in the transaction of its object, so that neither is there without the other, and
deleted in one when the site has taken it. While somebody calls the site the row is due later by
`LEASE_MS`: if that process dies, another one finds it due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, true, update

from pillarbox.storage.catalog.schema import callback_outbox
from pillarbox.storage.catalog.statements import PUT_CALLBACK

#: Longer than one call of all its URLs may take.
LEASE_MS = 60_000

#: Farther ahead than the longest pause between two calls, an hour.
_FAR_MS = 2 * 3600 * 1000

#: Due at the end of time: given up, kept for the operator.
NEVER_MS = (1 << 63) - 1

_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class WaitingCallback:
    """A row of the outbox.

    Attributes:
        id: random, so that it is known before the row is written.
        request: what to send, a document of `callback.retry`.
        created_ms: of the upload.
        due_ms: not to be called before.
        attempts: that failed.
        last_error: of the latest one.
    """

    id: int
    bucket_id: int
    key: bytes
    version_id: str | None
    request: str
    created_ms: int
    due_ms: int
    attempts: int = 0
    last_error: str | None = None

    @property
    def is_given_up(self) -> bool:
        """Whether nobody calls any more."""
        return self.due_ms == NEVER_MS


def put_callback(cursor: Any, callback: WaitingCallback) -> None:
    """Write a row, by a cursor of the driver."""
    row = (
        callback.id,
        callback.bucket_id,
        callback.key,
        callback.version_id,
        callback.request,
        callback.created_ms,
        callback.due_ms,
        callback.attempts,
        callback.last_error,
    )
    cursor.execute(PUT_CALLBACK, row)


def due_callbacks(connection: Connection, now_ms: int, limit: int) -> list[WaitingCallback]:
    """At most `limit` callbacks that are due, the longest overdue first.

    Who is due later than anybody is made to wait was noted while the clock was ahead.
    """
    due = callback_outbox.c.due_ms
    found = (
        select(callback_outbox)
        .where((due <= now_ms) | due.between(now_ms + _FAR_MS, NEVER_MS - 1))
        .order_by(callback_outbox.c.due_ms)
        .limit(limit)
    )
    return [WaitingCallback(*row) for row in connection.execute(found)]


def all_callbacks(connection: Connection) -> list[WaitingCallback]:
    """Every callback that waits or was given up, oldest first."""
    found = select(callback_outbox).order_by(callback_outbox.c.created_ms, callback_outbox.c.id)
    return [WaitingCallback(*row) for row in connection.execute(found)]


def count_waiting(connection: Connection) -> int:
    """How many callbacks are to be tried."""
    waiting = select(func.count()).where(callback_outbox.c.due_ms < NEVER_MS)
    return connection.scalar(waiting) or 0


def lease(connection: Connection, callbacks: Sequence[WaitingCallback], now_ms: int) -> None:
    """Keep others from calling for as long as a call may take."""
    ids = [callback.id for callback in callbacks]
    change = update(callback_outbox).where(callback_outbox.c.id.in_(ids))
    connection.execute(change.values(due_ms=now_ms + LEASE_MS))


def end_first_leases(connection: Connection, now_ms: int) -> None:
    """Make due what a worker was calling for the first time when everything ended."""
    first = (callback_outbox.c.attempts == 0) & (callback_outbox.c.due_ms != NEVER_MS)
    connection.execute(update(callback_outbox).where(first).values(due_ms=now_ms))


def finish_callback(connection: Connection, callback_id: int) -> None:
    """Forget a callback: its site has taken it, or refuses it for good."""
    connection.execute(delete(callback_outbox).where(callback_outbox.c.id == callback_id))


def postpone_callback(connection: Connection, callback_id: int, due_ms: int, error: str) -> None:
    """Note a failed attempt; `due_ms` may be `NEVER_MS`."""
    change = update(callback_outbox).where(callback_outbox.c.id == callback_id)
    attempts = callback_outbox.c.attempts + 1
    connection.execute(
        change.values(due_ms=due_ms, attempts=attempts, last_error=error[:_LONGEST_ERROR])
    )


def replay_callback(connection: Connection, callback_id: int, request: str, due_ms: int) -> None:
    """Begin anew with a callback: `request` has its new deadline."""
    change = update(callback_outbox).where(callback_outbox.c.id == callback_id)
    connection.execute(change.values(due_ms=due_ms, request=request, attempts=0, last_error=None))


def drop_callbacks(connection: Connection, ids: Collection[int] | None) -> int:
    """Forget callbacks, all for None; how many there were."""
    wanted: ColumnElement[bool] = true() if ids is None else callback_outbox.c.id.in_(ids)
    return connection.execute(delete(callback_outbox).where(wanted)).rowcount


def prune_callbacks(connection: Connection, before_ms: int) -> int:
    """Forget what was given up and is of uploads before `before_ms`; how many it were."""
    return connection.execute(delete(callback_outbox).where(_old(before_ms))).rowcount


def has_to_prune(connection: Connection, before_ms: int) -> bool:
    """Whether `prune_callbacks` would forget any."""
    return bool(connection.execute(select(exists().where(_old(before_ms)))).scalar())


def _old(before_ms: int) -> ColumnElement[bool]:
    return (callback_outbox.c.due_ms == NEVER_MS) & (callback_outbox.c.created_ms < before_ms)
