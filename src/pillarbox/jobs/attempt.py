"""A round of the work behind: its failure is logged and counted, and ends nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pillarbox.model.metrics import TASK_END, TASK_RUNS, Meter
from pillarbox.storage import clock

_log = logging.getLogger(__name__)


def attempt(name: str, label: str, meter: Meter, job: Callable[[], None]) -> None:
    """Do `job`; whatever it raises is logged, for it will be tried again.

    Args:
        name: for the log.
        label: of the metrics.
    """
    try:
        job()
    except Exception:
        _log.exception("the %s failed and will be tried again", name)
        meter.add(TASK_RUNS, 1, (label, "failed"))
    else:
        meter.add(TASK_RUNS, 1, (label, "ok"))
        meter.set(TASK_END, clock.now_ms() / 1000, (label,))
