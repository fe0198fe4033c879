"""Group commit: one thread per process writes the catalog, many changes in one transaction.

A commit that is forced to the disk costs a few hundred microseconds to many milliseconds, however
many rows it carries. So every change that is ready when the thread comes round goes into the same
transaction, and each who asked for one waits only for that.

Several workers take turns by the catalog's lock. Whoever has waited for it takes along what became
ready meanwhile, so the longer the turns, the larger the batches.

How long to gather adapts itself: the thread waits, at most `_GATHER_SECONDS`, only for as many
changes as came together lately. A single client is alone in its batches, so it never waits.

A `Change` must raise its refusals before it writes anything; then a refusal concerns nobody else
in the batch. Every other error rolls the whole batch back and is told to all of it.

Nobody may wait for ever. Whatever goes wrong in the thread is told to the batch, and if not even
that can be done the process ends at once, for its supervisor to start another. If the thread hangs,
on a lock that somebody holds or on a disk, those who wait are refused in time, and those who come
then are refused at once: what they bring would fill the memory.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from pillarbox.model.metrics import COMMIT_CHANGES, COMMIT_QUEUE, COMMIT_SECONDS, NO_METER, Meter
from pillarbox.model.refusals import INSUFFICIENT_STORAGE, SERVICE_UNAVAILABLE, Refusal
from pillarbox.storage import patience
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.put_objects import Put, apply_puts
from pillarbox.storage.catalog.quotas import KnownQuotas
from pillarbox.storage.generation import Generation
from pillarbox.storage.outcomes import tell, tellable
from pillarbox.storage.room import Room

T = TypeVar("T")

_log = logging.getLogger(__name__)

_WRITER = "the writer of the catalog"
_GATHER_SECONDS = 0.001

#: Bounds of one transaction: changes, and bytes of small objects.
_MAX_CHANGES = 256
_MAX_BYTES = 8 << 20


@dataclass(eq=False)
class Change(Generic[T]):
    """Any other change than putting an object.

    Attributes:
        apply: a function of the open transaction.
        is_cached: whether processes cache what it changes; they are told before it is answered.
        weight: bytes that it brings along for the catalog to keep; what brings any is refused
            when the disk is full.
    """

    apply: Callable[[Connection], T]
    is_cached: bool = False
    weight: int = 0


@dataclass(eq=False)
class Ticket(Generic[T]):
    """A change on its way, and the future of whoever waits for it.

    Attributes:
        is_withdrawn: set by who no longer wants it; honoured if the thread has not begun.
    """

    change: Put | Change[T]
    loop: asyncio.AbstractEventLoop
    outcome: asyncio.Future[T]
    is_withdrawn: bool = field(default=False)


class GroupCommit:
    """The one writer of this process. `submit` is for event loops, `close` for any thread."""

    def __init__(
        self, catalog: Catalog, generation: Generation, room: Room, meter: Meter = NO_METER
    ) -> None:
        self._catalog = catalog
        self._generation = generation
        self._quotas = KnownQuotas(generation)
        self._room = room
        self._meter = meter
        self._queue: SimpleQueue[Ticket[Any] | None] = SimpleQueue()
        self._patience = patience.Patience(
            patience.PATIENCE_SECONDS, "the catalog could not be written in time"
        )
        self._expected = 1
        #: When the batch that is being written was begun, by `time.monotonic`.
        self._busy_since = math.inf
        self._is_closed = False
        #: Held to queue, so that nothing comes behind the end.
        self._queueing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="catalog-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Put | Change[T]) -> Ticket[T]:
        """Queue a change; its outcome is set when it is durable, or has failed.

        Refusal `ServiceUnavailable` once `close` was called, and while the catalog can't be
        written.
        """
        if time.monotonic() - self._busy_since > self._patience.seconds:
            raise SERVICE_UNAVAILABLE()
        loop = asyncio.get_running_loop()
        ticket: Ticket[T] = Ticket(change, loop, loop.create_future())
        with self._queueing:
            if self._is_closed:
                raise SERVICE_UNAVAILABLE()
            self._meter.add(COMMIT_QUEUE)
            self._queue.put(ticket)
        return ticket

    async def outcome(self, ticket: Ticket[T]) -> T:
        """What became of a change, when that is durable; raises what it failed with.

        Refusal `ServiceUnavailable` after `PATIENCE_SECONDS`. Who is refused so, or cancelled, may
        find it done later, as if the answer had been lost on the way; after a refusal it is only
        if it was begun already.
        """
        # Not the outcome itself: who clears up behind the change waits for that without end.
        known: asyncio.Future[None] = ticket.loop.create_future()
        ticket.outcome.add_done_callback(lambda _: _wake(known))
        try:
            with self._patience.limit(known):
                await known
        except asyncio.CancelledError:
            _ask_nobody(ticket)
            raise
        except TimeoutError as error:
            ticket.is_withdrawn = True
            _ask_nobody(ticket)
            raise SERVICE_UNAVAILABLE() from error
        return ticket.outcome.result()

    def close(self) -> None:
        """Write what is queued and end the thread."""
        with self._queueing:
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()

    # --- in the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._write_batch():
                pass
        except BaseException:
            _log.critical("the thread that writes the catalog has died", exc_info=True)
            os._exit(1)

    def _write_batch(self) -> bool:
        """Wait for changes and write them; False if there will be no more."""
        first = self._queue.get()
        if first is None:
            return False
        batch = [first]
        is_last = False
        try:
            is_last = self._gather(batch)
            began = time.perf_counter()
            self._busy_since = time.monotonic()
            with self._catalog.locked():
                # While another process wrote, more has come.
                is_last = is_last or self._take_ready(batch)
                self._meter.add(COMMIT_QUEUE, -len(batch))
                wanted, withdrawn = _by_withdrawal(batch)
                changes = [ticket.change for ticket in wanted]
                outcomes = self._commit(changes, began) if wanted else []
            tell(wanted, outcomes)
            _cancel(withdrawn)
        except BaseException as error:
            _log.exception("a batch of %d changes failed", len(batch))
            tell(batch, [tellable(error, _WRITER)] * len(batch))
        finally:
            self._busy_since = math.inf
        return not is_last

    def _gather(self, batch: list[Ticket[Any]]) -> bool:
        """Take all that is ready, waiting a little if lately more came; True if it is the end."""
        is_last = self._take_ready(batch, self._expected, time.monotonic() + _GATHER_SECONDS)
        # Half way down at each smaller batch: a lull is forgotten as fast as a rush.
        self._expected = max(len(batch), (self._expected + len(batch)) // 2)
        return is_last

    def _take_ready(
        self, batch: list[Ticket[Any]], expected: int = 0, deadline: float = 0.0
    ) -> bool:
        """Take all that is ready; True if it is the end.

        Args:
            expected: so many changes are waited for, until `deadline`.
        """
        size = sum([_weight(ticket) for ticket in batch])  # a StopIteration must not end it
        while len(batch) < _MAX_CHANGES and size < _MAX_BYTES:
            try:
                if len(batch) < expected:
                    ticket = self._queue.get(timeout=max(deadline - time.monotonic(), 0))
                else:
                    ticket = self._queue.get_nowait()
            except Empty:
                break
            if ticket is None:
                return True
            batch.append(ticket)
            size += _weight(ticket)
        return False

    def _commit(self, changes: Sequence[Put | Change[Any]], began: float) -> list[Any]:
        """The outcome of each change, in order: its value, or the exception to raise.

        For who holds the catalog's lock.

        Args:
            began: when the lock was asked for, by `time.perf_counter`.
        """
        try:
            if self._room.is_left() or self._catalog.unused_bytes() > 2 * _MAX_BYTES:
                return self._commit_all(changes, began)
            # What needs no room, deletions above all, goes on.
            fitting = [change for change in changes if not _needs_room(change)]
            outcomes = iter(self._commit_all(fitting, began))
            return [
                INSUFFICIENT_STORAGE() if _needs_room(change) else next(outcomes)
                for change in changes
            ]
        except Exception as error:
            _log.exception("a transaction of %d changes failed", len(changes))
            return [tellable(error, _WRITER)] * len(changes)

    def _commit_all(self, changes: Sequence[Put | Change[Any]], began: float) -> list[Any]:
        if not changes:
            return []
        is_cached = any(isinstance(change, Change) and change.is_cached for change in changes)
        with (
            self._generation.changing() if is_cached else nullcontext(),
            self._catalog.transaction() as connection,
        ):
            outcomes = _apply(connection, changes, self._quotas)
        self._meter.observe(COMMIT_SECONDS, time.perf_counter() - began)
        self._meter.observe(COMMIT_CHANGES, len(changes))
        return outcomes


def _needs_room(change: Put | Change[Any]) -> bool:
    if not isinstance(change, Put):
        return change.weight > 0
    return change.inline is not None or change.callback is not None


def _apply(
    connection: Connection, changes: Sequence[Put | Change[Any]], quotas: KnownQuotas
) -> list[Any]:
    outcomes: list[Any] = []
    puts: list[Put] = []
    for change in changes:
        if isinstance(change, Put):
            puts.append(change)
            continue
        outcomes += apply_puts(connection, puts, quotas)
        puts = []
        try:
            outcomes.append(change.apply(connection))
        except Refusal as refusal:
            outcomes.append(refusal)
    return outcomes + apply_puts(connection, puts, quotas)


def _by_withdrawal(batch: Sequence[Ticket[Any]]) -> tuple[list[Ticket[Any]], list[Ticket[Any]]]:
    """The tickets still wanted, and the others; each is looked at once, for it may change."""
    wanted: list[Ticket[Any]] = []
    withdrawn: list[Ticket[Any]] = []
    for ticket in batch:
        (withdrawn if ticket.is_withdrawn else wanted).append(ticket)
    return wanted, withdrawn


def _weight(ticket: Ticket[Any]) -> int:
    change = ticket.change
    if not isinstance(change, Put):
        return change.weight
    return len(change.inline or b"") + (len(change.callback.request) if change.callback else 0)


def _wake(known: asyncio.Future[None]) -> None:
    if not known.done():
        known.set_result(None)


def _ask_nobody(ticket: Ticket[Any]) -> None:
    """Spare the log the outcome of a change that nobody waits for any more."""
    ticket.outcome.add_done_callback(lambda done: done.cancelled() or done.exception())


def _cancel(tickets: Sequence[Ticket[Any]]) -> None:
    for ticket in tickets:
        try:
            ticket.loop.call_soon_threadsafe(ticket.outcome.cancel)
        except RuntimeError:
            continue
