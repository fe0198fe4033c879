"""The keeper: the loop of a process that clears up beside the workers."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from pillarbox.jobs.attempt import attempt
from pillarbox.jobs.reaper import GRACE_SECONDS, reap
from pillarbox.jobs.steady_clock import SteadyClock
from pillarbox.jobs.sweep import sweep
from pillarbox.jobs.upload_expiry import expire_uploads
from pillarbox.model.metrics import NO_METER, Meter
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.outbox import Outbox
from pillarbox.storage.upkeep import Upkeep

#: Callbacks that were given up are kept for the operator, for so long after the upload: sixty days.
_KEPT_MS = 60 * 24 * 3600 * 1000

#: Seconds between two rounds. A round that finds nothing costs some file names and one query.
INTERVAL_SECONDS = 30.0


def run(
    data_dir: Path,
    stop: threading.Event,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
    upload_expiry: float | None = None,
    durability: Durability = WHOLE,
    meter: Meter = NO_METER,
) -> None:
    """Sweep and reap at once and then every `interval_seconds`, until `stop` is set.

    Args:
        upload_expiry: seconds after which uploads in parts that nobody touches are aborted; None
            keeps them.
        meter: is told what each round did.

    An error is logged and the work tried again in the next round.
    """
    durability = durability.told_to(meter)
    upkeep = Upkeep(data_dir, durability)
    outbox = Outbox(data_dir, durability)
    steady = SteadyClock()
    try:
        while not stop.is_set():
            now_ms = steady.now_ms()
            if upload_expiry is not None:
                expire = partial(_expire_until, upkeep, stop, now_ms, upload_expiry)
                attempt("expiry of uploads", "expiry", meter, expire)
            attempt("sweep", "sweep", meter, lambda: _sweep_until(upkeep, stop))
            reap_them = partial(_reap_until, upkeep, stop, now_ms, grace_seconds)
            attempt("reaper", "reaper", meter, reap_them)
            attempt("pruning of callbacks", "pruning", meter, partial(_prune, outbox, now_ms))
            stop.wait(interval_seconds)
    finally:
        upkeep.close()
        outbox.close()


def _sweep_until(upkeep: Upkeep, stop: threading.Event) -> None:
    for _ in sweep(upkeep):
        if stop.is_set():
            return


def _reap_until(upkeep: Upkeep, stop: threading.Event, now_ms: int, grace_seconds: float) -> None:
    while not stop.is_set() and reap(upkeep, now_ms, grace_seconds):
        pass


def _expire_until(
    upkeep: Upkeep, stop: threading.Event, now_ms: int, expiry_seconds: float
) -> None:
    while not stop.is_set() and expire_uploads(upkeep, now_ms, expiry_seconds):
        pass


def _prune(outbox: Outbox, now_ms: int) -> None:
    outbox.prune(now_ms - _KEPT_MS)
