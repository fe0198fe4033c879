"""The lifecycle: objects, versions and uploads end, or change their class, by their buckets' rules.

A pass walks all buckets that have rules, page by page. It remembers where it is in memory alone:
who is killed begins again, and finds undone what is undone. Each batch is one small transaction
that looks at everything anew, after which the lock is left to the workers for as long as it took.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pillarbox.jobs.attempt import attempt
from pillarbox.jobs.steady_clock import SteadyClock
from pillarbox.model.lifecycle_actions import ActionKind
from pillarbox.model.metrics import LIFECYCLE_ACTIONS, LIFECYCLE_HELD, NO_METER, Meter
from pillarbox.model.objects import Bucket
from pillarbox.storage.blobs.durability import WHOLE, Durability
from pillarbox.storage.catalog.lifecycle import Due
from pillarbox.storage.lifecycle import LifecycleUpkeep

_log = logging.getLogger(__name__)

#: Seconds from the end of a pass to the next: rules count in days.
INTERVAL_SECONDS = 3600.0

#: Seconds between two looks at the clock: a jump is seen by what it said before.
_LOOK_SECONDS = 30.0

#: What is done in one transaction. An upload may have ten thousand parts: it has one of its own.
BATCH = 50

_WORDS = {
    ActionKind.EXPIRE: "objects expired",
    ActionKind.REMOVE_VERSION: "versions removed",
    ActionKind.REMOVE_MARKER: "delete markers removed",
    ActionKind.TRANSITION: "transitions",
    ActionKind.ABORT: "uploads aborted",
}


def run(
    data_dir: Path,
    stop: threading.Event,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
    durability: Durability = WHOLE,
    meter: Meter = NO_METER,
    steady: SteadyClock | None = None,
) -> None:
    """Make a pass at once and then every `interval_seconds`, until `stop` is set.

    An error is logged and the work tried again in the next pass.
    """
    durability = durability.told_to(meter)
    upkeep = LifecycleUpkeep(data_dir, durability)
    clock = steady or SteadyClock()
    due_at = time.monotonic()

    def make_pass() -> None:
        age(upkeep, stop, clock, meter)

    try:
        while not stop.is_set():
            clock.now_ms()
            if time.monotonic() >= due_at:
                attempt("lifecycle", "lifecycle", meter, make_pass)
                due_at = time.monotonic() + interval_seconds
            stop.wait(min(_LOOK_SECONDS, max(0.0, due_at - time.monotonic())))
    finally:
        upkeep.close()


def age(
    upkeep: LifecycleUpkeep, stop: threading.Event, clock: SteadyClock, meter: Meter = NO_METER
) -> Counter[ActionKind]:
    """Make one pass, as of its begin; what was done. Raises SQLAlchemy's errors."""
    now_ms = clock.now_ms()
    done: Counter[ActionKind] = Counter()
    is_believed = upkeep.believes(now_ms)
    meter.set(LIFECYCLE_HELD, 0 if is_believed else 1)
    if not is_believed:
        _log.warning(
            "the clock is days ahead of when it was last seen: no lifecycle rule is carried out "
            "until it has gone on for a day; set it right if it is wrong"
        )
        return done
    found = upkeep.buckets()
    for bucket in found:
        _age_bucket(upkeep, stop, clock.now_ms, now_ms, bucket, done, meter)
    if found:
        counts = ", ".join(f"{done[kind]} {words}" for kind, words in _WORDS.items())
        _log.info("lifecycle of %d buckets: %s", len(found), counts)
    return done


def _age_bucket(
    upkeep: LifecycleUpkeep,
    stop: threading.Event,
    look: Callable[[], int],
    now_ms: int,
    bucket: Bucket,
    done: Counter[ActionKind],
    meter: Meter,
) -> None:
    """The pass through one bucket; ends early when its rules change, for the next pass."""
    for page in upkeep.due(bucket, now_ms):
        look()
        for batch in batches(page):
            if stop.is_set():
                return
            began = time.monotonic()
            carried_out = upkeep.carry_out(bucket, batch, now_ms)
            if carried_out is None:
                return
            for due in carried_out:
                done[due.action.kind] += 1
                meter.add(LIFECYCLE_ACTIONS, 1, (due.action.kind.value,))
            stop.wait(time.monotonic() - began)
        if stop.is_set():
            return


def batches(dues: Sequence[Due]) -> Iterator[Sequence[Due]]:
    """`dues` in what one transaction takes."""
    size = 1 if dues and dues[0].seen.upload_id is not None else BATCH
    for start in range(0, len(dues), size):
        yield dues[start : start + size]
