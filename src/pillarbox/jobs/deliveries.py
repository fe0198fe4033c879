"""The deliveries: callbacks that failed at first, tried again until their site takes them.

Each is delivered at least once. A site may hear of an upload twice, if this process dies between
the site's answer and the note that it was taken; so every call carries an id, always the same.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pillarbox.callback.call import Call
from pillarbox.callback.retry import Delivery, pause_seconds, read_delivery_document
from pillarbox.model.metrics import CALLBACKS_GIVEN_UP, NO_METER, Meter
from pillarbox.outgoing.messenger import Messenger
from pillarbox.outgoing.resolution import ForbiddenAddressError, UnknownHostError
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.clock import now_ms
from pillarbox.storage.outbox import NEVER_MS, Outbox, WaitingCallback

_log = logging.getLogger(__name__)

#: Seconds between two looks at what is due.
INTERVAL_SECONDS = 1.0
#: Callbacks that are delivered at once; a site that hangs holds up no other for long.
_MOST_AT_ONCE = 32


def run(
    data_dir: Path,
    stop: threading.Event,
    make_messenger: Callable[[], Messenger],
    *,
    interval_seconds: float = INTERVAL_SECONDS,
    durability: Durability = WHOLE,
    meter: Meter = NO_METER,
) -> None:
    """Deliver what is due until `stop` is set; what is then under way is tried again later.

    Args:
        make_messenger: called on the event loop that this function runs.
        meter: is told what is given up, and of syncs.
    """
    durability = durability.told_to(meter)
    asyncio.run(_run(data_dir, stop, make_messenger, interval_seconds, durability, meter))


async def _run(
    data_dir: Path,
    stop: threading.Event,
    make_messenger: Callable[[], Messenger],
    interval_seconds: float,
    durability: Durability,
    meter: Meter,
) -> None:
    outbox = Outbox(data_dir, durability)
    messenger = make_messenger()
    deliveries = Deliveries(outbox, messenger, interval_seconds, meter)
    working = asyncio.create_task(deliveries.work())
    try:
        await asyncio.to_thread(stop.wait)
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await messenger.close()
        outbox.close()


class Deliveries:
    """Delivers what is due, many at once."""

    def __init__(
        self,
        outbox: Outbox,
        messenger: Messenger,
        interval_seconds: float,
        meter: Meter = NO_METER,
    ) -> None:
        self._outbox = outbox
        self._messenger = messenger
        self._interval = interval_seconds
        self._meter = meter
        self._running: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Look for what is due again and again; an error is logged and tried again."""
        try:
            while True:
                try:
                    await self._round()
                except Exception:
                    _log.exception("looking for callbacks to deliver failed, it is tried again")
                    await asyncio.sleep(self._interval)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _round(self) -> None:
        free = _MOST_AT_ONCE - len(self._running)
        claimed = await asyncio.to_thread(self._outbox.claim, now_ms(), free) if free else []
        for waiting in claimed:
            self._running.add(asyncio.create_task(self._deliver(waiting)))
        if self._running:
            done, self._running = await asyncio.wait(
                self._running, timeout=self._interval, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                return
        await asyncio.sleep(self._interval)

    async def _deliver(self, waiting: WaitingCallback) -> None:
        try:
            delivery = read_delivery_document(waiting.request)
            call = replace(delivery.call, version_id=waiting.version_id)
            error = await self._call(call)
            if error is None:
                await asyncio.to_thread(self._outbox.finish, waiting.id)
                return
            due_ms = next_due_ms(delivery, waiting.attempts + 1, now_ms())
            await asyncio.to_thread(self._outbox.postpone, waiting.id, due_ms, error)
            if due_ms == NEVER_MS:
                self._meter.add(CALLBACKS_GIVEN_UP)
                hosts = ", ".join(target.host for target in delivery.call.targets)
                _log.warning(
                    "the callback %s to %s was given up after %d attempts; "
                    "`pillarbox callbacks` lists it",
                    delivery.call.id,
                    hosts,
                    waiting.attempts + 1,
                )
        except Exception:
            _log.exception("the callback %016x could not be delivered", waiting.id)

    async def _call(self, call: Call) -> str | None:
        """Call the site once more; None if that settles it, else why it failed."""
        try:
            targets = await self._messenger.pin(call.targets)
        except UnknownHostError as error:
            return f"the name {error} does not resolve"
        except ForbiddenAddressError as error:
            return f"{error} leads to an address that may not be called"
        outcome = await self._messenger.call(call, targets)
        if not outcome.is_over:
            return outcome.message
        if outcome.answer is None:
            self._meter.add(CALLBACKS_GIVEN_UP)
            _log.warning("the callback %s ended badly: %s", call.id, outcome.message)
        return None


def next_due_ms(delivery: Delivery, attempts: int, now_ms: int) -> int:
    """When to try again after so many failed attempts, the last time at the deadline.

    `NEVER_MS` from then on.
    """
    if now_ms >= delivery.deadline_ms:
        return NEVER_MS
    return min(now_ms + pause_seconds(attempts) * 1000, delivery.deadline_ms)
